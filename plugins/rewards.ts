import fp from 'fastify-plugin'
import { SECOND } from '../src/clock.ts'
import { createOutboxConsumer } from '../src/events/outbox.ts'
import { createRewardDelivery, REWARDS_BATCH } from '../src/tips/deliver-rewards.ts'

/** Two thousand rewards a second, when an hour of them has waited. */
const REST_MS = 50

/** Takes rewards to ml/serving: at least once, in order, and never lost because it is down. */
export default fp(
  async (app) => {
    const { db, bus, log } = app
    const rewards = createOutboxConsumer({
      ...{ db, bus, log },
      // Its waits are about the network, not about the calendar.
      clock: () => performance.now(),
      name: 'rewards',
      types: ['signals.tip.feedback'] as const,
      batchSize: REWARDS_BATCH,
      restMs: REST_MS,
      deliver: createRewardDelivery(app.ml, log),
    })
    app.addJob({ name: 'rewards', everyMs: SECOND, firstDelayMs: 0, run: () => rewards.run() })
    app.addHook('preClose', () => rewards.close())
  },
  { name: 'rewards', dependencies: ['database', 'events', 'schedule', 'ml'] },
)
