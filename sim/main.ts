/**
 * The bundled simulator: `node sim/main.ts --config run.json --out DIR`.
 *
 * Standard output is JSON lines (`progress`, `metric`, `log`), or on a terminal a progress bar. `DIR/result.json` is
 * there if and only if the run succeeded. Exit status: 0 succeeded, 130 cancelled by SIGINT or SIGTERM, 1 failed,
 * with the reason as the last log line. The judge `ml` reads ML_SERVING_URL and ML_SERVING_TOKEN.
 */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type RunConfig, readConfig } from './config.ts'
import { createMlJudge } from './judges/ml.ts'
import { createPersonaJudge } from './judges/persona.ts'
import type { Judge } from './judges/types.ts'
import { createBarOutput, createJsonOutput, type Output } from './output.ts'
import type { RunResult } from './result.ts'
import { simulate } from './simulate.ts'

const SUCCEEDED = 0
const FAILED = 1
const CANCELLED = 130

function readArguments(): { config: string; out: string } {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, out: { type: 'string' } },
  })
  const { config, out } = values
  if (config && out) return { config, out }
  throw new Error('usage: --config run.json --out DIR')
}

function createJudge({ judge, run_id: runId, seed }: RunConfig): Judge {
  if (judge === 'persona') return createPersonaJudge(seed)
  const { ML_SERVING_URL: url = '', ML_SERVING_TOKEN: token = '' } = process.env
  if (!URL.canParse(url)) throw new Error('judge ml: ML_SERVING_URL must be the URL of ml/serving')
  return createMlJudge({ url, token, runId, seed })
}

/** Writes the result under another name first: who finds `result.json` finds all of it. */
async function writeResult(path: string, result: RunResult): Promise<void> {
  const draft = `${path}.tmp`
  await writeFile(draft, `${JSON.stringify(result, null, 2)}\n`)
  await rename(draft, path)
}

async function run(output: Output, signal: AbortSignal): Promise<void> {
  const args = readArguments()
  const config = await readConfig(args.config)
  const judge = createJudge(config)
  const { policy, users, steps, seed } = config
  const path = join(args.out, 'result.json')
  await mkdir(args.out, { recursive: true })
  // An earlier run's result must not pass for this one's.
  await rm(path, { force: true })
  output.log(`${policy} by judge ${config.judge}: ${users} users, ${steps} rounds, seed ${seed}`)
  const result = await simulate(config, judge, output.report, signal)
  signal.throwIfAborted()
  await writeResult(path, result)
  const [low, high] = result.ci95
  output.log(`mean reward ${result.mean_reward}, 95 % between ${low} and ${high}`)
}

/** Runs to the end or to the first signal, and returns the exit status. */
async function main(): Promise<number> {
  const output = process.stdout.isTTY
    ? createBarOutput(process.stderr)
    : createJsonOutput(process.stdout)
  const cancel = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => cancel.abort())
  // Nobody reads any more: whoever started the run is gone.
  process.stdout.on('error', () => cancel.abort())
  try {
    await run(output, cancel.signal)
    return SUCCEEDED
  } catch (error) {
    if (cancel.signal.aborted) {
      output.log('cancelled')
      return CANCELLED
    }
    output.log(`failed: ${error instanceof Error ? error.message : String(error)}`)
    return FAILED
  }
}

process.exitCode = await main()
