import type { LightMyRequestResponse } from 'fastify'
import type { Insertable } from 'kysely'
import type { Test } from 'tap'
import type { TaskRow } from '../../../db/tables.ts'
import { type MlServing, startMlServing } from '../../../sandbox/ml-serving/index.ts'
import { DAY } from '../../../src/clock.ts'
import {
  build,
  type Env,
  fakeClock,
  type Person,
  signInPerson,
  type TestApp,
} from '../../helper.ts'

export interface TipsWorld extends TestApp {
  ml: MlServing
  clock: ReturnType<typeof fakeClock>
  ada: Person
}

/** The server beside a running ml/serving, with one person signed in who has no task yet. */
export async function startTips(t: Test, env: Env = {}): Promise<TipsWorld> {
  const ml = await startMlServing({ token: env.ML_SERVING_TOKEN ?? '' })
  t.teardown(() => ml.close())
  const clock = fakeClock()
  const world = await build(t, { ML_SERVING_URL: ml.url, ...GENEROUS, ...env }, { clock })
  return { ...world, ml, clock, ada: await signInPerson(world) }
}

/** A busy machine must not look like a late ml/serving. */
const GENEROUS = { ML_SCORE_TIMEOUT_MS: '5000', ML_GENERATE_TIMEOUT_MS: '5000' }

export async function addTasks(
  { app, clock }: Pick<TipsWorld, 'app' | 'clock'>,
  userId: string,
  tasks: Partial<Insertable<TaskRow>>[],
): Promise<void> {
  const rows = tasks.map((task, i) => ({
    id: `todoist:${i + 1}`,
    user_id: userId,
    provider: 'todoist',
    status: 'open' as const,
    content: `Task ${i + 1}`,
    description: null,
    project: null,
    labels: '[]',
    priority: 1,
    due: null,
    due_time_zone: null,
    is_recurring: 0,
    url: `https://app.todoist.com/app/task/${i + 1}`,
    added_at: clock() - DAY,
    updated_at: null,
    completed_at: null,
    synced_in: clock(),
    ...task,
  }))
  for (let i = 0; i < rows.length; i += 500) {
    await app.db
      .insertInto('tasks')
      .values(rows.slice(i, i + 500))
      .execute()
  }
}

interface Ask {
  cookie: string
  key?: string
  body?: unknown
  headers?: Record<string, string>
}

export function recommend(
  { app }: Pick<TestApp, 'app'>,
  { cookie, key, body, headers }: Ask,
): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url: '/api/recommend',
    headers: { cookie, ...(key !== undefined && { 'idempotency-key': key }), ...headers },
    ...(body !== undefined && { payload: body as object }),
  })
}

export function answer(
  { app }: Pick<TestApp, 'app'>,
  cookie: string,
  tipId: string,
  action: string,
): Promise<LightMyRequestResponse> {
  return app.inject({
    method: 'POST',
    url: `/api/tip/${tipId}/feedback`,
    headers: { cookie },
    payload: { action },
  })
}

/** The decision's row, with its JSON read. */
export async function decisionOf({ app }: Pick<TestApp, 'app'>, tipId: string) {
  const row = await app.db
    .selectFrom('tip_scores')
    .selectAll()
    .where('id', '=', tipId)
    .executeTakeFirstOrThrow()
  return {
    ...row,
    candidates: JSON.parse(row.candidates) as {
      id: string
      p: number
      features: Record<string, number>
    }[],
    features: JSON.parse(row.features) as Record<string, unknown>,
  }
}

const WAIT_MS = 30_000

/** Waits until something is so. @throws when it does not come to be. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + WAIT_MS
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
