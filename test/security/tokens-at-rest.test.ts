import { readFile } from 'node:fs/promises'
import t, { type Test } from 'tap'
import { listSealed, replaceSealed } from '../../db/sealed.ts'
import { openTokens } from '../../src/integrations/token-vault.ts'
import { openSubscription } from '../../src/push/subscription.ts'
import { createSecretBox } from '../../src/secrets/box.ts'
import { resealAll } from '../../src/secrets/reseal.ts'
import { startAccountWorld } from '../account-world.ts'
import { build, type Env, type TestApp } from '../helper.ts'
import { until } from '../src/integrations/world.ts'

const KEY = 'a-key-of-its-own-for-secrets-at-rest-0001'

/** The server stops and starts again, with other keys: same database, same services. */
async function restart(t: Test, { app, config }: TestApp, env: Env): Promise<TestApp> {
  await app.close()
  return build(t, {
    DATABASE_PATH: config.DATABASE_PATH,
    TODOIST_AUTH_URL: config.TODOIST_AUTH_URL,
    TODOIST_API_URL: config.TODOIST_API_URL,
    ...env,
  })
}

/** Every sealed text there is, by place. */
async function sealedTexts({ app }: TestApp): Promise<string[]> {
  const integrations = await app.db.selectFrom('integrations').selectAll().execute()
  const devices = await app.db.selectFrom('push_subscriptions').selectAll().execute()
  const revocations = await app.db.selectFrom('revocations').selectAll().execute()
  return [
    ...integrations.flatMap((row) => [row.access_token, row.refresh_token ?? '']),
    ...devices.map((row) => row.subscription),
    ...revocations.map((row) => row.secret),
  ]
}

t.test('a new key takes over: all is sealed anew, and the old key can go', async (t) => {
  const { world, person, device, todoist } = await startAccountWorld(t, { tasks: 1, tips: 1 })
  await world.app.transact('a'.repeat(32), (trx) =>
    world.app.revocations.queue(trx, 'nobody yet', 'canary-of-a-revocation'),
  )
  const before = await sealedTexts(world)
  t.equal(before.length, 4)

  const SESSION_SECRET = world.config.SESSION_SECRET.join(',')
  const rotating = await restart(t, world, { SESSION_SECRET, ENCRYPTION_KEYS: KEY })
  t.ok(before.every((text) => !rotating.app.secretBox.isCurrent(text)))
  await until(async () =>
    (await sealedTexts(rotating)).every((text) => rotating.app.secretBox.isCurrent(text)),
  )

  const [oldKeyId] = before[0]?.split('.') ?? []
  for (const { name } of await rotating.app.db.introspection.getTables()) {
    const rows = await rotating.app.db
      .selectFrom(name as 'tasks')
      .selectAll()
      .execute()
    t.notMatch(JSON.stringify(rows), `"${oldKeyId}.`, `${name} holds nothing of the old key`)
  }

  const rotated = await restart(t, rotating, { ENCRYPTION_KEYS: KEY })
  const { db, secretBox } = rotated.app
  const row = await db.selectFrom('integrations').selectAll().executeTakeFirstOrThrow()
  const [live] = todoist.control.tokens()
  t.match(openTokens(secretBox, row), {
    accessToken: live?.accessToken,
    refreshToken: live?.refreshToken,
  })
  const stored = await db.selectFrom('push_subscriptions').selectAll().executeTakeFirstOrThrow()
  t.match(openSubscription(secretBox, stored), { endpoint: device.endpoint, keys: device.keys })
  const revocation = await db.selectFrom('revocations').selectAll().executeTakeFirstOrThrow()
  t.equal(
    secretBox.open(revocation.secret, `revocation:${revocation.id}`),
    'canary-of-a-revocation',
  )
  t.equal(row.user_id, person.userId)
})

t.test('many are sealed anew in slices, and what changed meanwhile is left as it is', async (t) => {
  const { app, config } = await build(t)
  const { db } = app
  await app.transact('a'.repeat(32), async (trx) => {
    for (let n = 0; n < 250; n += 1) await app.revocations.queue(trx, 'nobody yet', `secret ${n}`)
  })
  const place = {
    table: 'revocations' as const,
    column: 'secret',
    boundTo: ({ id }: { id: string }) => `revocation:${id}`,
  }
  const secretBox = createSecretBox([KEY, ...config.SESSION_SECRET])
  const run = (signal = new AbortController().signal) =>
    resealAll({ db, secretBox }, [place], signal)
  t.same(await run(AbortSignal.abort()), { resealed: 0, unreadable: 0 })
  t.same(await run(), { resealed: 250, unreadable: 0 })
  t.same(await run(), { resealed: 0, unreadable: 0 })

  const [row] = await listSealed(db, place, { after: '', limit: 1 })
  await replaceSealed(db, place, { id: row?.id ?? '', from: 'what stood there before', to: 'x' })
  t.same(await listSealed(db, place, { after: '', limit: 1 }), [row])
})

t.test('what opens with no key is left alone and told', async (t) => {
  const { world } = await startAccountWorld(t, { tasks: 1, tips: 0 })
  const before = await sealedTexts(world)
  const { app, log } = await restart(t, world, { ENCRYPTION_KEYS: KEY, LOG_LEVEL: 'warn' })
  const told = () => log.find((line) => line.unreadable !== undefined)
  await until(() => told() !== undefined)
  t.match(told(), { level: 'warn', unreadable: 3 })
  t.same(await sealedTexts({ ...world, app }), before)
})

t.test('rows that are swapped between two people open for neither', async (t) => {
  const { world, person } = await startAccountWorld(t, { tasks: 1, tips: 0 })
  const { db, secretBox } = world.app
  const row = await db.selectFrom('integrations').selectAll().executeTakeFirstOrThrow()
  t.equal(openTokens(secretBox, row).refreshToken === null, false)
  t.throws(() => openTokens(secretBox, { ...row, user_id: 'someone-else' }))
  t.throws(() => openTokens(secretBox, { ...row, provider: 'another' }))
  t.throws(() => openTokens(secretBox, { ...row, access_token: row.access_token.slice(0, -2) }))
  const device = await db.selectFrom('push_subscriptions').selectAll().executeTakeFirstOrThrow()
  t.equal(openSubscription(secretBox, { ...device, user_id: 'someone-else' }), undefined)
  t.equal(device.user_id, person.userId)
})

t.test('no byte of the database files holds a provider token or a push key', async (t) => {
  const { world, device, todoist } = await startAccountWorld(t, { tasks: 3, tips: 1 })
  const files = await Promise.all(
    ['', '-wal'].map((suffix) => readFile(world.config.DATABASE_PATH + suffix, 'latin1')),
  )
  const bytes = files.join('')
  t.ok(bytes.includes('hopperesque'), 'what is not secret can be found this way')
  const tokens = todoist.control.tokens().flatMap((one) => [one.accessToken, one.refreshToken])
  const { endpoint, keys } = device
  for (const secret of [...tokens, new URL(endpoint).pathname, keys.auth, keys.p256dh]) {
    t.ok(secret && secret.length > 8)
    t.notOk(bytes.includes(String(secret)), 'a secret in the clear')
  }
})
