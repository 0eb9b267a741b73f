import { setTimeout as sleep } from 'node:timers/promises'
import type { NatsConnection } from 'nats'
import { STREAM } from '../../../src/events/jetstream.ts'
import type { TestApp } from '../../helper.ts'

/** Some events about somebody, each in a transaction of its own. */
export async function happen({ app }: TestApp, count = 1, userId = 'ann') {
  for (let n = 0; n < count; n++) {
    await app.transact('f'.repeat(32), async (_trx, emit) => {
      await emit('signals.integration.connected', userId, { provider: `provider-${n}` })
    })
  }
}

/** Waits until everything has been delivered. */
export async function delivered({ app }: TestApp) {
  for (let tries = 0; tries < 600; tries++) {
    const { nats, backlog } = app.eventDelivery.status()
    if (nats === 'connected' && backlog === 0) return
    await sleep(50)
  }
  throw new Error(`not delivered: ${JSON.stringify(app.eventDelivery.status())}`)
}

/** Waits until the app has noticed that NATS is gone. */
export async function away({ app }: TestApp) {
  while (app.eventDelivery.status().nats !== 'disconnected') await sleep(20)
}

/** Everything that the stream holds, in its order. */
export async function held(connection: NatsConnection): Promise<{ seq: number; id: string }[]> {
  const jsm = await connection.jetstreamManager()
  const { state } = await jsm.streams.info(STREAM)
  const items: { seq: number; id: string }[] = []
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    items.push((await jsm.streams.getMessage(STREAM, { seq })).json())
  }
  return items
}

/** What the event log holds, behind a position. */
export const logged = ({ app }: TestApp, after = 0) =>
  app.db
    .selectFrom('events')
    .select(['seq', 'id'])
    .where('seq', '>', after)
    .orderBy('seq')
    .execute()

export const ids = (items: { id: string }[]) => items.map((item) => item.id)
