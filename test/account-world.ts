import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import webPush from 'web-push'
import { startMlServing } from '../sandbox/ml-serving/index.ts'
import { startPushService } from '../sandbox/push/start.ts'
import type { SubscriptionJson } from '../sandbox/push/subscriptions.ts'
import { startTodoist } from '../sandbox/todoist/start.ts'
import { approveTodoist } from '../sandbox/todoist/walk.ts'
import type { Clock } from '../src/clock.ts'
import { newId } from '../src/ids.ts'
import {
  API,
  build,
  cookiesOf,
  type Env,
  type Person,
  signInPerson,
  type TestApp,
} from './helper.ts'

/** An account that has everything that an account can have, and the services around it. */
export interface AccountWorld {
  world: TestApp
  person: Person
  /** What must not be found anywhere once the account is gone. */
  traces: string[]
  device: SubscriptionJson
  todoist: Awaited<ReturnType<typeof startTodoist>>
  ml: Awaited<ReturnType<typeof startMlServing>>
}

export const IDENTITY = {
  subject: 'subject-8812773490121',
  email: 'grace.hopper@navy.example',
  name: 'Grace Brewster Hopper',
}

export async function startAccountWorld(
  t: Test,
  options: { tasks?: number; tips?: number; env?: Env; clock?: Clock } = {},
): Promise<AccountWorld> {
  const { tasks = 40, tips = 30, env, clock } = options
  const todoist = await startTodoist({
    port: 0,
    clientId: 'todoist-test',
    clientSecret: 'todoist-client-secret',
    redirectUri: `${API}/api/integrations/todoist/callback`,
    tokenLifetimeSeconds: 3_600,
    accounts: [{ tasks: Array.from({ length: tasks }, (_, n) => ({ content: secretTask(n) })) }],
  })
  const [ml, push] = [await startMlServing(), await startPushService({ port: 0 })]
  t.teardown(() => Promise.all([todoist.close(), ml.close(), push.close()]))
  const vapid = webPush.generateVAPIDKeys()
  const world = await build(
    t,
    {
      TODOIST_AUTH_URL: todoist.url,
      TODOIST_API_URL: todoist.url,
      ML_SERVING_URL: ml.url,
      VAPID_PUBLIC_KEY: vapid.publicKey,
      VAPID_PRIVATE_KEY: vapid.privateKey,
      VAPID_SUBJECT: 'mailto:ops@example.com',
      PUSH_ALLOWED_ORIGINS: push.url,
      ...env,
    },
    clock && { clock },
  )
  const person = await signInPerson(world, IDENTITY)
  await connectTodoist(world, person)
  const device = push.subscribe()
  const headers = { cookie: person.cookie }
  await world.app.inject({ method: 'POST', url: '/api/push/subscribe', headers, payload: device })
  await fillTips(world, person.userId, tips)
  const tokens = todoist.control.tokens().map(({ accessToken }) => accessToken)
  const traces = [
    ...Object.values(IDENTITY),
    ...tokens,
    person.userId,
    'hopperesque',
    device.endpoint,
    device.keys.auth,
  ]
  return { world, person, traces, device, todoist, ml }
}

/** One word of it stands in every task and in every tip about it. */
const secretTask = (n: number) =>
  `Return the hopperesque moth ${n} to the ${'relay '.repeat(n % 9)}`

async function connectTodoist({ app }: TestApp, person: Person): Promise<void> {
  const begun = await app.inject({
    method: 'POST',
    url: '/api/integrations/todoist/connect',
    headers: { cookie: person.cookie, accept: 'application/json' },
    payload: {},
  })
  const back = new URL(await approveTodoist({ authorizationUrl: begun.json().authorizationUrl }))
  await app.inject({
    url: back.pathname + back.search,
    headers: { cookie: [person.cookie, ...Object.values(cookiesOf(begun.headers))].join('; ') },
  })
  const profile = () => app.inject({ url: '/api/user/profile', headers: { cookie: person.cookie } })
  while ((await profile()).json().integrations[0].lastSyncedAt === null) await sleep(20)
}

/** Decisions of an account, straight in the store: how tips come about is tested in tips.test.ts. */
async function fillTips({ app }: TestApp, userId: string, count: number): Promise<void> {
  const at = app.clock()
  await app.transact('a'.repeat(32), async (trx, emit) => {
    for (let n = 0; n < count; n += 1) {
      const id = newId()
      const candidates = Array.from({ length: 50 }, (_, c) => ({
        id: `todoist:${n}-${c}`,
        features: { overdue_days: c, priority: 4, note: secretTask(c) },
      }))
      await trx
        .insertInto('tip_scores')
        .values({
          id,
          user_id: userId,
          created_at: at,
          source: 'model',
          fallback_reason: null,
          policy: 'linucb',
          policy_version: '1',
          prompt_version: 'v1',
          text_model: 'small',
          text: `How about this: ${secretTask(n)}?`,
          task: JSON.stringify({
            id: `todoist:${n}-0`,
            content: secretTask(n),
            due: null,
            priority: 4,
            url: 'https://app.todoist.com/app/task/1',
          }),
          chosen_id: `todoist:${n}-0`,
          propensity: 0.5,
          candidates: JSON.stringify(candidates),
          context: JSON.stringify({ hour: 9, dow: 7 }),
          features: JSON.stringify({ act_rate: { value: 0.5, age_s: 1 } }),
          seed: String(n),
          latency_ms: 12,
          trace_id: 'a'.repeat(32),
        })
        .execute()
      await trx
        .insertInto('tip_feedback')
        .values({
          id: newId(),
          tip_id: id,
          user_id: userId,
          action: 'done',
          reward: 1,
          reward_version: 'r1',
          created_at: at,
        })
        .execute()
      await trx
        .insertInto('shadow_scores')
        .values({
          tip_id: id,
          user_id: userId,
          name: 'thompson',
          version: '1',
          status: 'ok',
          choice_id: `todoist:${n}-0`,
          agreed: 1,
          scores: '[]',
        })
        .execute()
      await emit('signals.tip.served', userId, {
        tipId: id,
        source: 'model',
        policy: 'linucb',
        latencyMs: 12,
      })
    }
    await trx
      .insertInto('profile_features')
      .values({ user_id: userId, name: 'act_rate', value: '0.5', computed_at: at })
      .execute()
    await trx
      .insertInto('idempotency_keys')
      .values({
        user_id: userId,
        key: 'hopperesque-key',
        body_hash: 'x',
        tip_id: null,
        locked_until: at,
        created_at: at,
      })
      .execute()
    await trx
      .insertInto('oauth_transactions')
      .values({
        state_hash: newId(),
        provider: 'todoist',
        browser_hash: 'x',
        user_id: userId,
        return_to: '/hopperesque',
        expires_at: at + 600_000,
      })
      .execute()
    await trx
      .insertInto('audit_subjects')
      .values({ user_id: userId, pseudonym: 'anon-1' })
      .execute()
  })
}
