import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { OoEvent } from '../../../src/events/bus.ts'
import { newTraceId } from '../../../src/trace.ts'
import { build } from '../../helper.ts'

const COUNT = 30

async function start(t: Test) {
  const { app } = await build(t)
  const told: OoEvent[] = []
  app.bus.on('signals.policy.toggled', (event) => void told.push(event))
  const stored = () =>
    app.db
      .selectFrom('events')
      .select(['seq', 'payload'])
      .where('type', '=', 'signals.policy.toggled')
      .orderBy('seq')
      .execute()
  const toggle = (policy: string, fail?: Error) =>
    app.transact(newTraceId(), async (trx, emit) => {
      const { seq } = await emit('signals.policy.toggled', null, { policy, enabled: true })
      if (fail) throw fail
      await trx.selectFrom('users').select('id').limit(1).execute()
      return seq
    })
  return { app, told, stored, toggle }
}

t.test(
  'changes that come together are all made, in order, each told after its commit',
  async (t) => {
    const { told, stored, toggle } = await start(t)
    const names = Array.from({ length: COUNT }, (_, n) => `policy-${n}`)
    const seqs = await Promise.all(names.map((name) => toggle(name)))
    const rows = await stored()
    t.same(
      rows.map(({ seq }) => seq),
      seqs,
    )
    t.same(
      rows.map(({ payload }) => JSON.parse(payload).policy),
      names,
    )
    t.same(
      told.map(({ seq }) => seq),
      seqs,
    )
  },
)

t.test('one that fails takes nothing else with it, and leaves nothing', async (t) => {
  const { told, stored, toggle } = await start(t)
  const broken = new Error('not this one')
  const results = await Promise.allSettled(
    Array.from({ length: COUNT }, (_, n) => toggle(`${n}`, n % 3 === 1 ? broken : undefined)),
  )
  const failed = results.filter(({ status }) => status === 'rejected')
  t.equal(failed.length, COUNT / 3)
  for (const { reason } of failed as PromiseRejectedResult[]) t.equal(reason, broken)
  const kept = (await stored()).map(({ payload }) => Number(JSON.parse(payload).policy))
  t.same(
    kept,
    Array.from({ length: COUNT }, (_, n) => n).filter((n) => n % 3 !== 1),
  )
  t.equal(told.length, kept.length)
})

t.test('when the commit fails, none was made and each caller hears of it', async (t) => {
  const { app, told, stored, toggle } = await start(t)
  await sql`create table late (user text references users (id) deferrable initially deferred)`.execute(
    app.db,
  )
  // Found only at the commit: a row that refers to nobody.
  const spoil = () =>
    app.transact(newTraceId(), async (trx) => {
      await sql`insert into late values ('nobody')`.execute(trx)
    })
  await toggle('first')
  const together = await Promise.allSettled([spoil(), toggle('c'), toggle('d')])
  t.same(
    together.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  t.equal((await stored()).length, 1)
  t.equal(told.length, 1)
  t.ok(await toggle('afterwards'), 'and the next change is made')
})
