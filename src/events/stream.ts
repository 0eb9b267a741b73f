import { Readable } from 'node:stream'
import { type EventFilter, eventLogBounds } from '../../db/events.ts'
import type { Database } from '../../db/open.ts'
import { toItem } from './item.ts'
import type { EventTail } from './tail.ts'

/** A comment so often that neither a proxy nor the client takes the connection for dead. */
export const HEARTBEAT_MS = 15_000
/** Who takes nothing for so long is cut off; it resumes by `Last-Event-ID`. */
export const STALL_MS = 45_000
/** How soon a browser comes back after the stream ended. */
const RETRY_MS = 3_000

export interface StreamOptions {
  filter: EventFilter
  /** What the client received last: the `id` of an event. */
  lastEventId?: string | undefined
  /** Asked before anything is sent: a session that has ended sees nothing more. */
  stillAllowed(): Promise<boolean>
  /** Ends the stream. */
  signal: AbortSignal
  heartbeatMs?: number
  stallMs?: number
}

/**
 * The log as it grows, as an event stream (WHATWG HTML, section 9.2). Nothing is queued for a client: each takes from
 * the log at its own pace, so a slow one costs no memory. Events have their position as id; an event `gap` says that
 * what `Last-Event-ID` names is unknown, or that what follows it is no longer there.
 */
export function openEventStream(db: Database, tail: EventTail, options: StreamOptions): Readable {
  const { stallMs = STALL_MS } = options
  const gone = new AbortController()
  const signal = AbortSignal.any([options.signal, gone.signal])
  let stall: NodeJS.Timeout | undefined

  async function* watched() {
    for await (const frame of frames(db, tail, { ...options, signal })) {
      stall = setTimeout(() => stream.destroy(), stallMs)
      yield frame
      clearTimeout(stall)
    }
  }

  // One frame at a time: the next is made when the last is on its way.
  const stream = Readable.from(watched(), { highWaterMark: 1 })
  stream.once('close', () => {
    clearTimeout(stall)
    gone.abort()
  })
  return stream
}

async function* frames(
  db: Database,
  tail: EventTail,
  { filter, lastEventId, stillAllowed, signal, heartbeatMs = HEARTBEAT_MS }: StreamOptions,
): AsyncGenerator<string> {
  await tail.catchUp()
  const start = await startOf(db, tail, lastEventId)
  yield `retry: ${RETRY_MS}\n\n`
  if (start.gap) yield `event: gap\ndata: ${JSON.stringify(start.gap)}\n\n`
  let position = start.position
  while (!signal.aborted && (await stillAllowed())) {
    const { events, upTo } = await tail.after(position, filter)
    position = upTo
    if (events.length > 0) yield events.map(frameOf).join('')
    if (position < tail.position()) continue
    const quietSince = performance.now()
    await tail.changed(position, heartbeatMs, signal)
    if (performance.now() - quietSince >= heartbeatMs) yield ': heartbeat\n\n'
  }
}

const frameOf = (event: Parameters<typeof toItem>[0]): string =>
  `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(toItem(event))}\n\n`

interface Start {
  /** Events behind it follow. */
  position: number
  gap?: { lastEventId: string; resumedAfter: number }
}

async function startOf(
  db: Database,
  tail: EventTail,
  lastEventId: string | undefined,
): Promise<Start> {
  const newest = tail.position()
  if (lastEventId === undefined) return { position: newest }
  const asked = /^\d{1,15}$/.test(lastEventId) ? Number(lastEventId) : undefined
  const { first } = await eventLogBounds(db)
  if (asked === undefined || asked > newest) return missed(newest)
  if (asked < first - 1) return missed(first - 1)
  return { position: asked }

  function missed(position: number): Start {
    return { position, gap: { lastEventId: lastEventId ?? '', resumedAfter: position } }
  }
}
