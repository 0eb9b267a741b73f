import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { SimRunBody } from '../../schemas/sims.ts'
import { pruneRunFolders } from '../../src/sims/folders.ts'
import { build, type Env, signInAsAdmin, type TestApp } from '../helper.ts'

const QUICK = { policy: 'rules', judge: 'persona', users: 5, steps: 4, seed: 7 }

interface World extends TestApp {
  cookie: string
  /** Where the database and the runs' folders are. */
  folder: string
}

/** A simulator that does what a test needs, as a program of its own: `source` sees DIR and the parsed CONFIG. */
async function writeSimulator(folder: string, source: string): Promise<string> {
  const path = join(folder, 'simulator.mjs')
  const head = `import { readFileSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
const [, , , config, , DIR] = process.argv
const CONFIG = JSON.parse(readFileSync(config, 'utf8'))
const line = (value) => process.stdout.write(JSON.stringify(value) + '\\n')
`
  await writeFile(path, head + source)
  return `${process.execPath} ${path}`
}

/** Runs until it is ended. */
const ENDLESS = `line({ t: 'progress', done: 1, total: 20 }); setInterval(() => {}, 1000)`

async function startWorld(t: Test, source?: string, env: Env = {}): Promise<World> {
  const folder = t.testdir()
  const world = await build(t, {
    DATABASE_PATH: join(folder, 'oo.db'),
    ...(source && { SIM_COMMAND: await writeSimulator(folder, source) }),
    ...env,
  })
  return { ...world, folder, cookie: await signInAsAdmin(world) }
}

const post = ({ app, cookie }: World, path: string, payload?: object) =>
  app.inject({
    method: 'POST',
    url: `/api/admin/sim/${path}`,
    headers: { cookie },
    ...(payload && { payload }),
  })

const get = ({ app, cookie }: World, path: string) =>
  app.inject({ url: `/api/admin/sim/${path}`, headers: { cookie } })

async function start(world: World, params: object = QUICK): Promise<string> {
  return (await post(world, 'run', params)).json().run.id
}

async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  for (let i = 0; i < 400; i++) {
    const found = await look()
    if (found) return found
    await sleep(50)
  }
  throw new Error('it did not come to that')
}

const reach = (world: World, id: string, status: string): Promise<SimRunBody> =>
  until(async () => {
    const { run } = (await get(world, `runs/${id}`)).json()
    return run.status === status && run
  })

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function outputOf(world: World, id: string): Promise<string> {
  let text = ''
  for (let offset = 0; ; ) {
    const { data, nextOffset, done } = (
      await get(world, `runs/${id}/output?offset=${offset}`)
    ).json()
    text += data
    if (done) return text
    offset = nextOffset
  }
}

const eventsOf = async (world: World) =>
  world.app.db
    .selectFrom('events')
    .select(['type', 'payload'])
    .where('type', 'like', 'signals.sim.%')
    .orderBy('seq')
    .execute()

t.test('the bundled simulator runs to its end, with progress, output and a summary', async (t) => {
  const world = await startWorld(t)
  const answer = await post(world, 'run', { policy: 'rules', judge: 'persona', users: 5, steps: 4 })
  t.equal(answer.statusCode, 202)
  const { run } = answer.json()
  t.match(run, { params: { users: 5, steps: 4, seed: 1 }, progress: { done: 0, total: 20 } })

  const ended = await reach(world, run.id, 'succeeded')
  t.match(ended, {
    progress: { done: 20, total: 20 },
    exitCode: 0,
    reason: null,
    requestedBy: run.requestedBy,
    summary: { seed: 1, ci95: [Number, Number], meanReward: Number, actions: {} },
  })
  t.equal(
    Object.values(ended.summary?.actions ?? {}).reduce((sum, count) => sum + count, 0),
    20,
  )
  const lines = (await outputOf(world, run.id)).trim().split('\n')
  t.equal(JSON.parse(lines.at(-1) ?? '').t, 'log')
  t.match(
    (await eventsOf(world)).map(({ type, payload }) => [type, JSON.parse(payload).runId]),
    ['queued', 'started', 'finished'].map((step) => [`signals.sim.${step}`, run.id]),
  )
})

t.test('a bad parameter is a 400 that names it', async (t) => {
  const world = await startWorld(t)
  const bad = [
    ['policy', 'greedy'],
    ['judge', 'jury'],
    ['users', 0],
    ['users', 10_001],
    ['steps', 1_001],
    ['steps', '5'],
    ['seed', -1],
    ['seed', 0.5],
    ['extra', 1],
    ['policy', undefined],
  ] as const
  for (const [name, value] of bad) {
    const answer = await post(world, 'run', { ...QUICK, [name]: value })
    t.equal(answer.statusCode, 400, `${name} ${value}`)
    t.equal(answer.json().errors[0].path, `body.${name}`)
  }
  t.same((await get(world, 'runs')).json(), { items: [], nextCursor: null })
})

t.test('runs are listed newest first, in pages; an unknown one is 404', async (t) => {
  const world = await startWorld(t, ENDLESS)
  const ids = [await start(world), await start(world), await start(world)].reverse()
  const first = (await get(world, 'runs?limit=2')).json()
  const second = (await get(world, `runs?limit=2&cursor=${first.nextCursor}`)).json()
  t.same(
    [...first.items, ...second.items].map((run: SimRunBody) => run.id),
    ids,
  )
  t.equal(second.nextCursor, null)
  for (const path of ['runs/none', 'runs/none/output']) {
    t.equal((await get(world, path)).statusCode, 404)
  }
  t.equal((await post(world, 'runs/none/cancel')).statusCode, 404)
})

t.test('only so many run at once, the rest wait their turn', async (t) => {
  const world = await startWorld(t, ENDLESS, { SIM_MAX_CONCURRENT: '2' })
  const [a, b, c, d] = [
    await start(world),
    await start(world),
    await start(world),
    await start(world),
  ] as [string, string, string, string]
  await reach(world, a, 'running')
  await reach(world, b, 'running')
  t.match(await reach(world, c, 'queued'), { startedAt: null })

  const cancelled = await post(world, `runs/${c}/cancel`)
  t.match([cancelled.statusCode, cancelled.json().run.status], [202, 'cancelled'])
  t.equal((await post(world, `runs/${a}/cancel`)).statusCode, 202)
  await reach(world, a, 'cancelled')
  await reach(world, d, 'running')
})

t.test('cancel ends the whole process group; an ended run cannot be cancelled', async (t) => {
  const world = await startWorld(
    t,
    `const child = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'inherit' })
     process.on('SIGTERM', () => { line({ t: 'log', text: 'asked to stop' }); process.exit(130) })
     writeFileSync(DIR + '/pids', process.pid + ' ' + child.pid)
     setInterval(() => {}, 1000)`,
  )
  const id = await start(world)
  const pids = await until(async () => {
    const path = join(world.folder, 'sims', id, 'out', 'pids')
    const text = await readFile(path, 'utf8').catch(() => '')
    return text !== '' && text.split(' ').map(Number)
  })
  t.ok(pids.every(isAlive))
  t.equal((await post(world, `runs/${id}/cancel`)).statusCode, 202)
  t.match(await reach(world, id, 'cancelled'), { exitCode: 130, summary: null })
  await until(async () => !pids.some(isAlive))
  t.match(await outputOf(world, id), 'asked to stop')
  t.match((await post(world, `runs/${id}/cancel`)).json(), { status: 409, code: 'not_cancellable' })
})

t.test('a simulator that will not stop is killed', { timeout: 30_000 }, async (t) => {
  const world = await startWorld(t, `process.on('SIGTERM', () => {}); ${ENDLESS}`)
  const id = await start(world)
  await until(async () => (await get(world, `runs/${id}/output`)).json().nextOffset > 0)
  await post(world, `runs/${id}/cancel`)
  t.match(await reach(world, id, 'cancelled'), { exitCode: null })
})

const FAILURES = {
  'a program that is not there': {
    command: '/nowhere/simulator',
    reason: 'the simulator cannot be started: ENOENT',
  },
  'an exception': {
    source: `throw new Error('no data in ' + DIR + '/habits.json at http://10.1.2.3:8000/x')`,
    reason: 'Error: no data in habits.json at (an address)',
  },
  'a last log line': {
    source: `line({ t: 'log', text: 'failed: judge ml is ill' }); process.exitCode = 3`,
    reason: 'failed: judge ml is ill',
    exitCode: 3,
  },
  'no word at all': { source: `process.exitCode = 4`, reason: 'the simulator ended with status 4' },
  'a signal': {
    source: `process.kill(process.pid, 'SIGKILL'); ${ENDLESS}`,
    reason: 'the simulator ended with SIGKILL',
  },
  'no result': { source: `line('done')`, reason: 'the simulator left no result that can be read' },
  'a result that is not as agreed': {
    source: `writeFileSync(DIR + '/result.json', '{"mean_reward":"high"}')`,
    reason: 'the simulator left no result that can be read',
  },
}
for (const [name, failure] of Object.entries(FAILURES)) {
  t.test(`a run that ends with ${name} has failed, and says why`, async (t) => {
    const { source, command, reason, ...expected } = { source: '', command: '', ...failure }
    const world = await startWorld(t, source, command ? { SIM_COMMAND: command } : {})
    t.match(await reach(world, await start(world), 'failed'), {
      reason,
      summary: null,
      ...expected,
    })
    const finished = (await eventsOf(world)).at(-1)
    t.match(JSON.parse(finished?.payload ?? ''), { status: 'failed' })
  })
}

t.test('a simulator gets its parameters and none of the server’s secrets', async (t) => {
  const world = await startWorld(
    t,
    `line({ t: 'log', text: JSON.stringify({ CONFIG, env: process.env }) })`,
    {
      ML_SERVING_TOKEN: 'bearer-of-ml-serving',
    },
  )
  const id = await start(world)
  await reach(world, id, 'failed')
  const { CONFIG, env } = JSON.parse(JSON.parse(await outputOf(world, id)).text)
  t.same(CONFIG, { run_id: id, ...QUICK })
  t.match(env, { ML_SERVING_TOKEN: 'bearer-of-ml-serving', ML_SERVING_URL: 'http://127.0.0.1:9' })
  for (const secret of [...world.config.SESSION_SECRET, world.config.ADMIN_TOKEN]) {
    t.notMatch(JSON.stringify(env), secret)
  }
  t.notOk(env.SESSION_SECRET)
})

t.test('output is read by offset and never cut within a character', async (t) => {
  const text = '€uro ünd 😀 '.repeat(12_000)
  const world = await startWorld(t, `process.stdout.write('€uro ünd 😀 '.repeat(12000))`)
  const id = await start(world)
  await reach(world, id, 'failed')
  t.equal(await outputOf(world, id), text)
  const slice = (await get(world, `runs/${id}/output`)).json()
  t.equal(slice.nextOffset, Buffer.byteLength(slice.data))
  t.ok(slice.nextOffset <= 65_536)
  t.same((await get(world, `runs/${id}/output?offset=99999999`)).json(), {
    offset: 99_999_999,
    nextOffset: 99_999_999,
    data: '',
    done: true,
  })
  for (const offset of ['-1', 'x', '1.5']) {
    const answer = await get(world, `runs/${id}/output?offset=${offset}`)
    t.match(answer.json(), { status: 400, errors: [{ path: 'query.offset' }] })
  }
})

t.test('endless output is cut off on disk and does not hold up the simulator', async (t) => {
  const world = await startWorld(
    t,
    `const block = 'x'.repeat(1023) + '\\n'
     for (let i = 0; i < 15 * 1024; i++) if (!process.stdout.write(block)) await new Promise((go) => process.stdout.once('drain', go))
     line({ t: 'log', text: 'all written' })
     process.exitCode = 5`,
  )
  const id = await start(world)
  t.match(await reach(world, id, 'failed'), { reason: 'all written' })
  const kept = await readFile(join(world.folder, 'sims', id, 'stdout.log'), 'utf8')
  t.ok(kept.length < 10.1 * 2 ** 20, `${kept.length}`)
  t.match(kept.slice(-200), 'output cut off after 10485760 bytes')
})

t.test('runs that a crash left running have failed; queued ones go on', async (t) => {
  const folder = t.testdir()
  const path = join(folder, 'oo.db')
  const before = await build(t, {
    DATABASE_PATH: path,
    SIM_COMMAND: await writeSimulator(folder, ENDLESS),
  })
  const cookie = await signInAsAdmin(before)
  const [crashed, queued] = [
    await start({ ...before, folder, cookie }),
    await start({ ...before, folder, cookie }),
  ]
  await reach({ ...before, folder, cookie }, crashed, 'running')
  await before.app.close()

  const { db } = (await build(t, { DATABASE_PATH: path, SIM_COMMAND: '/nowhere' })).app
  const rowOf = (id: string) =>
    db.selectFrom('sim_runs').selectAll().where('id', '=', id).executeTakeFirst()
  t.match(await rowOf(crashed), { status: 'failed', reason: 'server stopped' })
  await until(async () => (await rowOf(queued))?.status === 'failed')
  t.match(await rowOf(queued), { reason: 'the simulator cannot be started: ENOENT' })
})

t.test('a run that a kill -9 left running has failed at the next start', async (t) => {
  const world = await startWorld(t, ENDLESS)
  const id = await start(world)
  await reach(world, id, 'running')
  await world.app.close()
  const again = await build(t, { DATABASE_PATH: world.config.DATABASE_PATH })
  // As a crash leaves it: nobody wrote the end.
  await again.app.db.updateTable('sim_runs').set({ status: 'running', reason: null }).execute()
  await again.app.close()
  const last = await build(t, { DATABASE_PATH: world.config.DATABASE_PATH })
  const row = await last.app.db.selectFrom('sim_runs').selectAll().executeTakeFirst()
  t.match(row, { status: 'failed', reason: 'server stopped' })
})

t.test('files of old runs go, their rows stay', async (t) => {
  const world = await startWorld(t, `process.exitCode = 1`)
  const ids = []
  for (let i = 0; i < 4; i++) {
    ids.push(await start(world))
    await reach(world, ids.at(-1) as string, 'failed')
  }
  const root = join(world.folder, 'sims')
  await mkdir(join(root, '00000000-of-another-database'))
  t.equal(await pruneRunFolders(world.app.db, root, 2), 2)
  t.same((await readdir(root)).sort(), ['00000000-of-another-database', ...ids.slice(2)])
  t.same((await get(world, `runs/${ids[0]}/output`)).json(), {
    offset: 0,
    nextOffset: 0,
    data: '',
    done: true,
  })
})
