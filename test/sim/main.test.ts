import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startMlServing } from '../../sandbox/ml-serving/index.ts'

const MAIN = join(import.meta.dirname, '../../sim/main.ts')
const good = { run_id: 'r', policy: 'linucb', judge: 'persona', users: 20, steps: 15, seed: 4 }

interface Line {
  t: string
  text?: string
  done?: number
  total?: number
}

/** Starts the simulator as the server does; `until` sees each piece of output and may signal the process. */
async function simulator(
  t: Test,
  config: object | string,
  env: Record<string, string> = {},
  until?: (out: string, kill: (signal: NodeJS.Signals) => void) => void,
) {
  const dir = t.testdir({
    'run.json': typeof config === 'string' ? config : JSON.stringify(config),
    out: { 'result.json': 'from an earlier run' },
  })
  const child = spawn(
    process.execPath,
    [MAIN, '--config', join(dir, 'run.json'), '--out', join(dir, 'out')],
    { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text
    until?.(out, (signal) => child.kill(signal))
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text
  })
  const [code] = await once(child, 'close')
  const lines: Line[] = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const files = await readdir(join(dir, 'out'))
  return { code, lines, err, files, out: join(dir, 'out') }
}

const logs = (lines: Line[]) => lines.filter(({ t }) => t === 'log').map(({ text }) => text)

t.test('a run succeeds: JSON lines, a result and nothing else', async (t) => {
  const { code, lines, err, files, out } = await simulator(t, good)
  t.equal(code, 0)
  t.equal(err, '')
  t.strictSame(files, ['result.json'], 'no draft is left')
  const result = JSON.parse(await readFile(join(out, 'result.json'), 'utf8'))
  t.match(result, {
    cumulative_reward: Number,
    cumulative_regret: Number,
    mean_reward: Number,
    ci95: [Number, Number],
    actions: { done: Number, dismiss: Number },
    seed: 4,
  })
  const progress = lines.filter((line) => line.t === 'progress')
  t.strictSame(progress.at(-1), { t: 'progress', done: 300, total: 300 })
  const metrics = lines.filter((line) => line.t === 'metric')
  t.ok(metrics.length <= 200)
  const { cumulative_reward: reward, cumulative_regret: regret } = result
  t.strictSame(metrics.at(-1), { t: 'metric', step: 300, reward, regret })
})

t.test('the same config gives the same result.json, byte for byte', async (t) => {
  const bytes = async (config: object) => {
    const { out } = await simulator(t, config)
    return readFile(join(out, 'result.json'), 'utf8')
  }
  const first = await bytes({ ...good, policy: 'thompson' })
  t.equal(await bytes({ ...good, policy: 'thompson', run_id: 'another' }), first)
  t.not(await bytes({ ...good, policy: 'thompson', seed: 5 }), first)
})

t.test('both signals cancel quickly and leave no result', async (t) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    let signalled = 0
    const big = { ...good, users: 10_000, steps: 1000 }
    const { code, lines, files } = await simulator(t, big, {}, (out, kill) => {
      if (signalled || !out.includes('"t":"log"')) return
      signalled = performance.now()
      kill(signal)
    })
    t.equal(code, 130, signal)
    t.ok(performance.now() - signalled < 2000, 'quickly')
    t.strictSame(files, [], 'the result of an earlier run is gone too')
    t.equal(logs(lines).at(-1), 'cancelled')
  }
})

t.test('a bad config fails and names the parameter', async (t) => {
  const cases: [object | string, RegExp][] = [
    [{ ...good, users: 0 }, /^failed: bad config: users: /],
    [{ ...good, policy: 'best' }, /^failed: bad config: policy: Expected one of random, /],
    ['{', /^failed: the config .* is not JSON/],
  ]
  for (const [config, reason] of cases) {
    const { code, lines, err } = await simulator(t, config)
    t.equal(code, 1)
    t.match(logs(lines).at(-1), reason)
    t.equal(err, '', 'no stack')
  }
})

t.test('arguments that are missing or unknown fail with the usage', async (t) => {
  for (const [args, text] of [
    [['--out', 'x'], /usage: --config run.json --out DIR/],
    [['--speed', '9'], /--speed/],
  ] as const) {
    const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    child.stdout.on('data', (data) => {
      out += data
    })
    const [code] = await once(child, 'close')
    t.equal(code, 1)
    t.match(JSON.parse(out), { t: 'log', text })
  }
})

t.test('the judge ml is asked at ML_SERVING_URL, and its outage fails the run', async (t) => {
  const service = await startMlServing({ token: 'hush' })
  t.teardown(() => service.close())
  const config = { ...good, judge: 'ml', steps: 6 }
  const env = { ML_SERVING_URL: service.url, ML_SERVING_TOKEN: 'hush' }
  const first = await simulator(t, config, env)
  t.equal(first.code, 0)
  const result = await readFile(join(first.out, 'result.json'), 'utf8')
  t.equal(service.control.requests('judge').length, 6)
  const again = await simulator(t, config, env)
  t.equal(await readFile(join(again.out, 'result.json'), 'utf8'), result)

  service.control.fault({ endpoint: 'judge', kind: '503', times: 1 })
  const down = await simulator(t, config, env)
  t.equal(down.code, 1)
  t.strictSame(down.files, [])
  t.equal(logs(down.lines).at(-1), 'failed: judge ml: /judge answered with status 503')

  const nowhere = await simulator(t, config)
  t.equal(nowhere.code, 1)
  t.match(logs(nowhere.lines).at(-1), /ML_SERVING_URL/)
})

t.test('a result that cannot be written fails the run', async (t) => {
  const dir = t.testdir({ 'run.json': JSON.stringify(good) })
  await writeFile(join(dir, 'file'), '')
  const child = spawn(
    process.execPath,
    [MAIN, '--config', join(dir, 'run.json'), '--out', join(dir, 'file')],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  )
  let out = ''
  child.stdout.on('data', (data) => {
    out += data
  })
  const [code] = await once(child, 'close')
  t.equal(code, 1)
  t.match(out, /"failed: .*EEXIST/)
})
