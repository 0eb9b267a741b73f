import { randomUUID, randomUUIDv7 } from 'node:crypto'
import Fastify from 'fastify'
import { eventWriter, openPlain, transaction } from './tip-rows.ts'

/** A bare handler that writes the rows of an answer to a tip in one transaction. Whose tip it is, it is told. */
const { DATABASE_PATH, PORT, USER_ID } = process.env as Record<string, string>
const database = openPlain(DATABASE_PATH as string)
const findTip = database.prepare(
  'select chosen_id, propensity from tip_scores where user_id = ? and id = ?',
)
const insert = database.prepare(
  `insert into tip_feedback (id, tip_id, user_id, action, reward, reward_version, created_at)
   values (?, ?, ?, ?, 1, 'r1', ?) on conflict (tip_id, action) do nothing returning id`,
)
const emit = eventWriter(database)

const app = Fastify()
app.post<{ Params: { id: string }; Body: { action: string } }>(
  '/api/tip/:id/feedback',
  async (request) => {
    const tipId = request.params.id
    const { action } = request.body
    transaction(database, () => {
      const tip = findTip.get(USER_ID, tipId) as { chosen_id: string; propensity: number }
      if (!insert.get(randomUUIDv7(), tipId, USER_ID, action, Date.now())) return
      const { chosen_id: chosenId, propensity } = tip
      const payload = { tipId, action, reward: 1, rewardVersion: 'r1', chosenId, propensity }
      emit('signals.tip.feedback', USER_ID as string, randomUUID(), payload)
    })
    return { ok: true }
  },
)
await app.listen({ port: Number(PORT) })
