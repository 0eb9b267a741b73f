import { setTimeout as sleep } from 'node:timers/promises'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import schedule from '../../plugins/schedule.ts'

/** Nobody else is there: the lock is held as soon as the app is ready. */
const alone = fp(
  async (app) => {
    const listeners: (() => void | Promise<void>)[] = []
    app.decorate('jobLock', {
      isHeld: () => true,
      whenHeld: (listener) => void listeners.push(listener),
    })
    app.addHook('onReady', async () => {
      for (const listener of listeners) await listener()
    })
  },
  { name: 'job-lock' },
)

async function start(t: Test) {
  const app = Fastify()
  await app.register(alone)
  await app.register(schedule)
  t.teardown(() => app.close())
  return app
}

t.test(
  'a job runs after its first delay and then at its interval, but not before ready',
  async (t) => {
    const app = await start(t)
    const runs: number[] = []
    app.addJob({
      name: 'tick',
      everyMs: 40,
      firstDelayMs: 10,
      run: async () => void runs.push(Date.now()),
    })
    await sleep(80)
    t.equal(runs.length, 0)
    await app.ready()
    await sleep(300)
    t.ok(runs.length >= 3, `${runs.length} runs`)
  },
)

t.test('a job never overlaps itself, and a failure does not stop it', async (t) => {
  const app = await start(t)
  let running = 0
  let most = 0
  let runs = 0
  app.addJob({
    name: 'slow',
    everyMs: 10,
    firstDelayMs: 0,
    async run() {
      runs += 1
      most = Math.max(most, ++running)
      await sleep(40)
      running -= 1
      throw new Error('as jobs do')
    },
  })
  await app.ready()
  await sleep(400)
  t.equal(most, 1)
  t.ok(runs >= 3, `${runs} runs`)
})

t.test('closing tells a running job, waits for it, and starts no other', async (t) => {
  const app = await start(t)
  let finished = false
  app.addJob({
    name: 'long',
    everyMs: 1_000,
    firstDelayMs: 0,
    async run({ signal, traceId }) {
      t.match(traceId, /^[0-9a-f]{32}$/)
      while (!signal.aborted) await sleep(5)
      await sleep(50)
      finished = true
    },
  })
  await app.ready()
  await sleep(50)
  await app.close()
  t.ok(finished)
})

t.test('a cron job runs at its times', async (t) => {
  const app = await start(t)
  let runs = 0
  app.addJob({
    name: 'each second',
    cron: '* * * * * *',
    async run() {
      runs += 1
    },
  })
  await app.ready()
  await sleep(2_200)
  t.ok(runs >= 2, `${runs} runs`)
})
