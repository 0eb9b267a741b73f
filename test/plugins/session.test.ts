import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { build, signInAsAdmin } from '../helper.ts'

/** What another process ended may live on for so long. */
const SECOND = 1_000

/** Two servers on one database, as two processes would be. */
async function startTwo(t: Test) {
  const env = {
    DATABASE_PATH: join(tmpdir(), `oo-two-${randomBytes(8).toString('hex')}.db`),
    SESSION_SECRET: randomBytes(32).toString('hex'),
  }
  const one = await build(t, env)
  const other = await build(t, env)
  return { one: one.app, other: other.app, cookie: await signInAsAdmin(one) }
}

async function isSignedIn(app: FastifyInstance, cookie: string): Promise<boolean> {
  const response = await app.inject({ url: '/api/auth/session', headers: { cookie } })
  return 'user' in response.json()
}

t.test('an ended session is dead at once, and within a second in another process', async (t) => {
  const { one, other, cookie } = await startTwo(t)
  for (const app of [one, other, one, other]) t.ok(await isSignedIn(app, cookie))
  await one.inject({ method: 'POST', url: '/api/auth/logout', headers: { cookie } })
  t.notOk(await isSignedIn(one, cookie), 'at once where it was ended')
  await sleep(SECOND)
  t.notOk(await isSignedIn(other, cookie), 'a second later elsewhere')
})

t.test('requests that run while the session is ended do not bring it back', async (t) => {
  const { one, cookie } = await startTwo(t)
  const running = Array.from({ length: 20 }, () => isSignedIn(one, cookie))
  const ended = one.inject({ method: 'POST', url: '/api/auth/logout', headers: { cookie } })
  running.push(...Array.from({ length: 20 }, () => isSignedIn(one, cookie)))
  await Promise.all([...running, ended])
  t.notOk(await isSignedIn(one, cookie))
})
