import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { ACTIONS, type Answer } from './answer.ts'
import type { Judge, JudgeItem } from './types.ts'

const DEADLINE_MS = 5_000
const BATCH = 50
/** Far above any honest answer for a batch. */
const ANSWER_LIMIT_BYTES = 1_000_000

const JudgeAnswer = Type.Object({
  results: Type.Array(
    Type.Object({
      id: Type.String(),
      action: Type.Union(ACTIONS.map((action) => Type.Literal(action))),
      reward: Type.Number({ minimum: -1, maximum: 1 }),
    }),
  ),
})

export interface MlJudgeOptions {
  /** Origin of ml/serving, with or without a path below it. */
  url: string
  /** Bearer; empty: none. */
  token: string
  runId: string
  seed: number
  deadlineMs?: number
}

/** The reason of a failure in words, without the address: it may hold a password. */
function reasonOf(error: unknown, deadlineMs: number): string {
  if (!(error instanceof Error)) return 'failed'
  if (error.name === 'TimeoutError') return `gave no answer within ${deadlineMs} ms`
  const cause = error.cause as { code?: string } | undefined
  return cause?.code === undefined ? error.message : `cannot be reached (${cause.code})`
}

async function readLimited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > ANSWER_LIMIT_BYTES) throw new Error('sent an answer that is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('sent an answer that is not JSON')
  }
}

/** Puts the results in the order of the items. */
function match(items: readonly JudgeItem[], answer: unknown): Answer[] {
  if (!Value.Check(JudgeAnswer, answer)) {
    const flaw = Value.Errors(JudgeAnswer, answer).First()
    throw new Error(`sent a wrong answer: ${flaw?.path || '/'}: ${flaw?.message}`)
  }
  const { results } = answer
  const byId = new Map(results.map(({ id, action, reward }) => [id, { action, reward }]))
  if (results.length !== items.length) throw new Error('sent a wrong number of results')
  return items.map(({ id }) => {
    const found = byId.get(id)
    if (found === undefined) throw new Error(`sent no result for item ${id}`)
    return found
  })
}

/** ml/serving's `/judge`, asked in batches. One failed call fails the run: a result with gaps would mislead. */
export function createMlJudge(options: MlJudgeOptions): Judge {
  const { token, runId, seed, deadlineMs = DEADLINE_MS } = options
  const url = `${options.url.replace(/\/+$/, '')}/judge`

  async function ask(items: readonly JudgeItem[], signal: AbortSignal): Promise<Answer[]> {
    const deadline = AbortSignal.timeout(deadlineMs)
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.any([signal, deadline]),
      headers: {
        'content-type': 'application/json',
        'x-deadline-ms': String(deadlineMs),
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ run_id: runId, seed: String(seed), items }),
    })
    const text = await readLimited(response)
    if (response.status !== 200) throw new Error(`answered with status ${response.status}`)
    return match(items, parse(text))
  }

  return {
    async answer(items, signal) {
      const answers: Answer[] = []
      for (let at = 0; at < items.length; at += BATCH) {
        try {
          answers.push(...(await ask(items.slice(at, at + BATCH), signal)))
        } catch (error) {
          signal.throwIfAborted()
          throw new Error(`judge ml: /judge ${reasonOf(error, deadlineMs)}`, { cause: error })
        }
      }
      return answers
    },
  }
}
