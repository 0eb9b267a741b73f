import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { migrate } from '../../../db/migrate.ts'
import { openDatabase } from '../../../db/open.ts'
import { insertDevice } from '../../../db/push.ts'
import { insertUser } from '../../../db/users.ts'
import { sendDueTips, type TipRoundDeps } from '../../../src/push/daily-tip.ts'
import { fakeClock } from '../../helper.ts'

const DAY = 86_400_000
const run = () => ({ traceId: 'f'.repeat(32), signal: new AbortController().signal })

/** Users `u000`, `u001`, … with a device each, a minute before the occurrence at nine. */
async function setUp(t: Test, users: number, changes: Partial<TipRoundDeps> = {}) {
  const { db } = openDatabase(':memory:')
  t.teardown(() => db.destroy())
  await migrate(db)
  const clock = fakeClock(Date.parse('2026-11-22T08:59:00Z'))
  const served: string[] = []
  const failures: unknown[] = []
  const deps: TipRoundDeps = {
    db,
    clock,
    cron: '0 9 * * *',
    deliver: async (userId) => void served.push(userId),
    onFailure: (error) => void failures.push(error),
    ...changes,
  }
  async function addUser(n: number): Promise<void> {
    const id = `u${String(n).padStart(3, '0')}`
    await insertUser(db, {
      id,
      kind: 'person',
      issuer: 'test',
      subject: id,
      email: null,
      email_verified: 0,
      name: null,
      picture: null,
      created_at: clock(),
      last_active_at: clock(),
    })
    await addDevice(id, 1)
  }
  const addDevice = (user_id: string, n: number) =>
    insertDevice(db, {
      id: `${user_id}-${n}`,
      user_id,
      endpoint_hash: `${user_id}-${n}`,
      subscription: '',
      created_at: clock(),
      tips_settled_until: clock(),
    })
  for (let n = 0; n < users; n += 1) await addUser(n)
  return { clock, deps, served, failures, addUser, addDevice }
}

t.test(
  'nothing before the time, one each at the time, nobody twice, again the next day',
  async (t) => {
    const { clock, deps, served, addDevice } = await setUp(t, 3)
    await addDevice('u001', 2)
    await sendDueTips(deps, run())
    t.same(served, [])
    clock.advance(60_000)
    await sendDueTips(deps, run())
    t.same(served.sort(), ['u000', 'u001', 'u002'])
    await sendDueTips(deps, run())
    t.equal(served.length, 3)
    clock.advance(DAY)
    await sendDueTips(deps, run())
    t.equal(served.length, 6)
  },
)

t.test('who subscribes after the time waits for the next one', async (t) => {
  const { clock, deps, served, addUser } = await setUp(t, 1)
  clock.advance(5 * 60_000)
  await addUser(1)
  await sendDueTips(deps, run())
  t.same(served, ['u000'])
})

t.test('too late is not at all', async (t) => {
  const { clock, deps, served } = await setUp(t, 1)
  clock.advance(2 * 3_600_000)
  await sendDueTips(deps, run())
  t.same(served, [])
})

t.test('a round of many, by two processes at once: each user once, four at a time', async (t) => {
  let atOnce = 0
  let most = 0
  const served: string[] = []
  const { clock, deps } = await setUp(t, 450, {
    async deliver(userId) {
      atOnce += 1
      most = Math.max(most, atOnce)
      await sleep(1)
      atOnce -= 1
      served.push(userId)
    },
  })
  clock.advance(60_000)
  await sendDueTips(deps, run())
  t.equal(most, 4)
  t.equal(new Set(served).size, 450)

  clock.advance(DAY)
  await Promise.all([sendDueTips(deps, run()), sendDueTips(deps, run())])
  t.equal(served.length, 900)
})

t.test('a round that was cut off goes on with those who are left', async (t) => {
  const closing = new AbortController()
  const served: string[] = []
  const { clock, deps } = await setUp(t, 20, {
    async deliver(userId) {
      served.push(userId)
      if (served.length === 6) closing.abort()
    },
  })
  clock.advance(60_000)
  await sendDueTips(deps, { traceId: 'f'.repeat(32), signal: closing.signal })
  t.ok(served.length < 20)
  await sendDueTips(deps, run())
  t.equal(served.length, 20)
  t.equal(new Set(served).size, 20)
})

t.test('one who cannot be served does not keep the others from it', async (t) => {
  const served: string[] = []
  const { clock, deps, failures } = await setUp(t, 5, {
    async deliver(userId) {
      if (userId === 'u002') throw new Error('no tip')
      served.push(userId)
    },
  })
  clock.advance(60_000)
  await sendDueTips(deps, run())
  t.same(served.sort(), ['u000', 'u001', 'u003', 'u004'])
  t.match(failures, [{ message: 'no tip' }])
})

t.test(
  'after the clock was set back each day has its tip, and nobody the same one twice',
  async (t) => {
    const { clock, deps, served } = await setUp(t, 2)
    clock.advance(2 * DAY + 60_000)
    await sendDueTips(deps, run())
    t.equal(served.length, 2, 'the clock is two days ahead')
    clock.advance(-2 * DAY)
    await sendDueTips(deps, run())
    t.equal(served.length, 4, 'today')
    clock.advance(-2_000)
    await sendDueTips(deps, run())
    clock.advance(2_000)
    await sendDueTips(deps, run())
    t.equal(served.length, 4, 'a correction of two seconds')
    clock.advance(DAY)
    await sendDueTips(deps, run())
    t.equal(served.length, 6, 'tomorrow')
  },
)
