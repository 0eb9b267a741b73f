import { open } from 'node:fs/promises'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { SimSummary } from '../../schemas/sims.ts'

/** `result.json`, as a simulator leaves it. */
const Result = Type.Object({
  cumulative_reward: Type.Number(),
  cumulative_regret: Type.Number(),
  mean_reward: Type.Number(),
  ci95: Type.Tuple([Type.Number(), Type.Number()]),
  actions: Type.Record(Type.String(), Type.Integer()),
  seed: Type.Integer(),
})

const MAX_BYTES = 64 * 1024

/** @returns undefined when there is no result, or none that is as agreed. */
export async function readSimResult(path: string): Promise<SimSummary | undefined> {
  const text = await readStart(path, MAX_BYTES).catch(() => '')
  let result: unknown
  try {
    result = JSON.parse(text)
  } catch {
    return undefined
  }
  return Value.Check(Result, result) ? summaryOf(result) : undefined
}

async function readStart(path: string, bytes: number): Promise<string> {
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes) })
  return buffer.toString('utf8', 0, bytesRead)
}

const summaryOf = (result: Static<typeof Result>): SimSummary => ({
  cumulativeReward: result.cumulative_reward,
  cumulativeRegret: result.cumulative_regret,
  meanReward: result.mean_reward,
  ci95: result.ci95,
  actions: result.actions,
  seed: result.seed,
})
