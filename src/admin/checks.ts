import { setImmediate as nextTurn } from 'node:timers/promises'
import { request } from 'undici'
import type { Database } from '../../db/open.ts'
import { ping } from '../../db/ping.ts'
import type { CheckBody } from '../../schemas/admin.ts'
import { UpstreamError, type UpstreamFailure } from '../http/client.ts'
import type { CallTrace, MlClient } from '../ml/client.ts'

/** What a check found; details are for people, and show no addresses. */
export type Finding = Pick<CheckBody, 'status' | 'detail'>
/** @param signal fires at the check's deadline. */
export type Check = (signal: AbortSignal) => Promise<Finding>

/** How events leave this process. */
export interface DeliveryStatus {
  nats: 'disabled' | 'connected' | 'disconnected'
  /** Events that wait to be published. */
  backlog: number
}

const LONG_BACKLOG = 1_000

const FAILURES: Record<UpstreamFailure, string> = {
  timeout: 'does not answer in time',
  unreachable: 'cannot be reached',
  status: 'answers with an error',
  invalid: 'answers something else',
  circuit_open: 'failed lately, and is left alone for some seconds',
}

export const checkApi =
  (lifecycle: { draining: boolean }): Check =>
  async () => {
    // Its latency is how long the event loop keeps others waiting.
    await nextTurn()
    if (lifecycle.draining) return { status: 'degraded', detail: 'is about to stop' }
    return { status: 'ok', detail: `up for ${Math.floor(process.uptime())} s` }
  }

export const checkDatabase =
  (db: Database): Check =>
  async () => {
    await ping(db)
    return { status: 'ok', detail: 'answers' }
  }

export const checkMlServing =
  (ml: Pick<MlClient, 'health'>, trace: CallTrace, timeoutMs: number): Check =>
  async () => {
    try {
      await ml.health(trace, timeoutMs)
      return { status: 'ok', detail: 'answers' }
    } catch (error) {
      if (!(error instanceof UpstreamError)) throw error
      return { status: 'down', detail: FAILURES[error.failure] }
    }
  }

/** Without NATS events stay in this process and its database, which is a way to run, not a fault. */
export const checkBus =
  (statusOf: () => DeliveryStatus): Check =>
  async () => {
    const { nats, backlog } = statusOf()
    if (nats === 'disabled') return { status: 'ok', detail: 'in this process only' }
    const waiting = `${backlog} events wait to be published`
    if (nats === 'disconnected') {
      return { status: 'degraded', detail: `NATS cannot be reached, ${waiting}` }
    }
    return { status: backlog > LONG_BACKLOG ? 'degraded' : 'ok', detail: waiting }
  }

/** MLflow says `OK` as plain text. @param url empty: not checked. */
export const checkMlflow =
  (url: string): Check =>
  async (signal) => {
    if (url === '') return { status: 'disabled', detail: 'MLFLOW_URL is not set' }
    const answer = await request(`${url.replace(/\/+$/, '')}/health`, { signal, reset: true })
    const said = await readFirstBytes(answer.body)
    if (answer.statusCode === 200 && said.trim() === 'OK')
      return { status: 'ok', detail: 'answers' }
    const failure = answer.statusCode === 200 ? 'invalid' : 'status'
    return { status: 'down', detail: FAILURES[failure] }
  }

const ENOUGH_BYTES = 1_024

/** Leaving the loop ends the connection: whoever says more is not heard. */
async function readFirstBytes(body: AsyncIterable<Buffer>): Promise<string> {
  let text = ''
  for await (const chunk of body) {
    text += chunk.toString('utf8')
    if (text.length >= ENOUGH_BYTES) break
  }
  return text
}
