import { randomUUID, randomUUIDv7 } from 'node:crypto'
import Fastify from 'fastify'
import { Agent } from 'undici'
import { eventWriter, openPlain, transaction } from './tip-rows.ts'

/**
 * A bare script that makes a tip: reads the open tasks, makes the two calls, and stores the tip with its event in one
 * transaction. No session, no features, no checks, no log.
 */
const { DATABASE_PATH, PORT, USER_ID, ML_SERVING_URL } = process.env as Record<string, string>
const database = openPlain(DATABASE_PATH as string)
const findTasks = database.prepare(
  `select id, content, due, priority, is_recurring, url, added_at from tasks
   where user_id = ? and status = 'open' order by priority desc, added_at limit 50`,
)
const insertTip = database.prepare(
  `insert into tip_scores (id, user_id, created_at, source, policy, policy_version, prompt_version, text_model, text,
     task, chosen_id, propensity, candidates, context, features, seed, latency_ms, trace_id)
   values (?, ?, ?, 'model', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
)
const emit = eventWriter(database)
const agent = new Agent()

interface Task {
  id: string
  content: string
  due: string | null
  priority: number
  is_recurring: number
  url: string
  added_at: number
}

interface Scored {
  chosen_id: string
  propensity: number
  active: { name: string; version: string; scores: { id: string; score: number; p: number }[] }
}

interface Worded {
  text: string
  prompt_version: string
  model: string
}

async function call<A>(path: string, body: object): Promise<A> {
  const response = await agent.request({
    origin: ML_SERVING_URL as string,
    path,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(1_500),
  })
  return (await response.body.json()) as A
}

const featuresOf = (task: Task) => ({
  overdue_days: 0,
  due_today: 0,
  has_due: task.due === null ? 0 : 1,
  due_in_days: 0,
  priority: task.priority,
  age_days: (Date.now() - task.added_at) / 86_400_000,
  shown_7d: 0,
  is_recurring: task.is_recurring,
})

async function recommend(): Promise<object> {
  const id = randomUUIDv7()
  const startedAt = Date.now()
  const userId = USER_ID as string
  const context = { hour: new Date().getHours(), dow: new Date().getDay() }
  const tasks = findTasks.all(userId) as Task[]
  const candidates = tasks.map((task) => ({ id: task.id, features: featuresOf(task) }))
  const decision = { decision_id: id, user_id: userId, context }
  const asked = { ...decision, seed: id, features: {}, candidates, active: 'linucb', shadows: [] }
  const scored = await call<Scored>('/score', asked)
  const task = tasks.find((one) => one.id === scored.chosen_id) as Task
  const worded = await call<Worded>('/generate', { ...decision, candidate: task, max_chars: 280 })
  const { id: taskId, content, due, priority, url } = task
  const shown = { id: taskId, content, due, priority, url }
  const { name, version } = scored.active
  const now = Date.now()
  transaction(database, () => {
    insertTip.run(
      ...[id, userId, now, name, version, worded.prompt_version, worded.model, worded.text],
      ...[JSON.stringify(shown), scored.chosen_id, scored.propensity, JSON.stringify(candidates)],
      ...[JSON.stringify(context), '{}', id, now - startedAt, randomUUID()],
    )
    emit('signals.tip.served', userId, randomUUID(), { tipId: id, source: 'model', policy: name })
  })
  return { tip: { id, text: worded.text, task: shown, source: 'model', policy: name } }
}

const app = Fastify()
app.post('/api/recommend', recommend)
await app.listen({ port: Number(PORT) })
