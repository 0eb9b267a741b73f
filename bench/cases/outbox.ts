import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import SQLite from 'better-sqlite3'
import { connect, type NatsConnection } from 'nats'
import { freePort } from '../../sandbox/api.ts'
import { newId } from '../../src/ids.ts'
import type { Case } from '../bench.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, type Person } from '../seed/people.ts'
import { addTips } from '../seed/tips.ts'

const PAYLOAD = JSON.stringify({ tipId: newId(), source: 'model', policy: 'linucb', latencyMs: 20 })

/** A backlog of events on its way to JetStream. */
export const outboxCase: Case = {
  name: 'outbox',
  async run(bench) {
    if (spawnSync('nats-server', ['--version']).status !== 0) {
      console.error('outbox: left out, there is no nats-server on this machine')
      return []
    }
    const count = bench.quick ? 5_000 : 100_000
    const port = await freePort()
    const args = ['-js', '-sd', join(bench.folder, 'nats'), '-a', '127.0.0.1', '-p', String(port)]
    const nats = spawn('nats-server', args, { stdio: 'ignore' })
    try {
      const connection = await connected(port)
      const bare = await publishOneByOne(connection, count)
      await connection.close()
      const path = join(bench.folder, 'outbox.db')
      await makeDatabase(path, (database) => {
        const [person] = addPeople(database, 1) as [Person]
        addTips(database, person, count)
      })
      await bench.api(path, { NATS_URL: `nats://127.0.0.1:${port}` })
      const ours = await deliveryRate(path)
      return [
        {
          name: `outbox to JetStream, ${count} events : acknowledged publishes`,
          ours: `${Math.round(ours)} /s`,
          reference: `${Math.round(bare)} /s`,
          ratio: ours / bare,
          budget: { atLeast: 0.7 },
        },
      ]
    } finally {
      await ended(nats)
    }
  },
}

async function connected(port: number): Promise<NatsConnection> {
  return connect({ servers: `nats://127.0.0.1:${port}`, waitOnFirstConnect: true })
}

/** A loop that waits for each acknowledgement. @returns messages a second. */
async function publishOneByOne(connection: NatsConnection, count: number): Promise<number> {
  const jsm = await connection.jetstreamManager()
  await jsm.streams.add({ name: 'BENCH', subjects: ['bench'] })
  const js = connection.jetstream()
  const startedAt = performance.now()
  for (let sent = 0; sent < count; sent++) {
    await js.publish('bench', PAYLOAD, { msgID: `${sent}` })
  }
  return (count * 1_000) / (performance.now() - startedAt)
}

const DELIVER_WITHIN_MS = 300_000

/** @returns events a second, from when the first is seen to be delivered until all are. */
async function deliveryRate(path: string): Promise<number> {
  const database = new SQLite(path, { readonly: true })
  const read = (sql: string) => Number(database.prepare(sql).pluck().get() ?? 0)
  const cursor = () => read(`select seq from outbox_cursors where name = 'nats'`)
  try {
    const deadline = Date.now() + DELIVER_WITHIN_MS
    while (cursor() === 0) await pause(deadline)
    const first = { at: performance.now(), seq: cursor() }
    const last = read('select max(seq) from events')
    while (cursor() < last) await pause(deadline)
    return ((last - first.seq) * 1_000) / (performance.now() - first.at)
  } finally {
    database.close()
  }
}

async function pause(deadline: number): Promise<void> {
  if (Date.now() > deadline) throw new Error('the events are not delivered in time')
  await sleep(20)
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGTERM')
  await exit
}
