import { randomUUIDv7 } from 'node:crypto'
import replyFrom from '@fastify/reply-from'
import Fastify from 'fastify'
import { GENESIS, hashEntry } from '../../src/audit/chain.ts'
import { openPlain } from './tip-rows.ts'

/**
 * @fastify/reply-from with the one guarantee of the proxy that costs: each call is an entry of the audit log, chained to
 * the one before and on the disk before it is answered. Who calls, it does not ask.
 */
const { DATABASE_PATH, ML_SERVING_URL, PORT } = process.env as Record<string, string>
const database = openPlain(DATABASE_PATH as string)
const insert = database.prepare(
  `insert into audit (seq, id, at, actor, action, target, outcome, status, detail, trace_id, previous_hash, hash)
   values (@seq, @id, @at, @actor, @action, @target, @outcome, @status, @detail, @trace_id, @previous_hash, @hash)`,
)
let last = { seq: 0, hash: GENESIS }

const app = Fastify()
await app.register(replyFrom, { base: ML_SERVING_URL as string })
app.addHook('onSend', async (request, reply) => {
  const { '*': target } = request.params as { '*': string }
  const entry = {
    ...{ seq: last.seq + 1, id: randomUUIDv7(), at: Date.now(), actor: 'anon' },
    ...{ action: 'getFromMlServing', target, outcome: 'ok' as const },
    ...{ status: reply.statusCode, detail: '{}', trace_id: request.id, previous_hash: last.hash },
  }
  last = { seq: entry.seq, hash: hashEntry(entry) }
  insert.run({ ...entry, hash: last.hash })
})
app.get<{ Params: { '*': string } }>('/api/ml/*', (request, reply) => {
  reply.from(`/${request.params['*']}`)
})
await app.listen({ port: Number(PORT) })
