import { randomBytes } from 'node:crypto'

/** A W3C trace context (https://www.w3.org/TR/trace-context/): 32 and 16 hex digits, and the flags byte. */
export interface Trace {
  traceId: string
  parentId: string
  flags: string
}

const VERSION_00 = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const HIGHER_VERSION = /^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
const ZERO_TRACE = '0'.repeat(32)
const ZERO_SPAN = '0'.repeat(16)

/** Reads a `traceparent` header; undefined when it is missing or breaks a rule of section 3.2. */
export function parseTraceparent(header: string | undefined): Trace | undefined {
  if (header === undefined) return undefined
  const match = header.startsWith('00-') ? VERSION_00.exec(header) : HIGHER_VERSION.exec(header)
  if (!match) return undefined
  const [, traceId, parentId, flags] = match as unknown as [string, string, string, string]
  if (traceId === ZERO_TRACE || parentId === ZERO_SPAN) return undefined
  return { traceId, parentId, flags }
}

const POOL_BYTES = 4_096
let pool = ''
let used = 0

/** Random bytes in hex, from a pool: to ask the system, and to write in hex, so few of them costs several times as much. */
function randomHex(bytes: number): string {
  const start = used
  used += 2 * bytes
  if (used <= pool.length) return pool.slice(start, used)
  pool = randomBytes(POOL_BYTES).toString('hex')
  used = 0
  return randomHex(bytes)
}

export const newTraceId = (): string => randomHex(16)

export const newSpanId = (): string => randomHex(8)

/** The header for a call to another service: same trace, a new parent, the sampled flag kept (section 4.3). */
export const outboundTraceparent = (trace: Pick<Trace, 'traceId' | 'flags'>): string =>
  `00-${trace.traceId}-${newSpanId()}-${trace.flags === '00' ? '00' : sampledOnly(trace.flags)}`

/** Version 00 defines one flag; unknown ones must be sent as zero. */
const sampledOnly = (flags: string): string => (Number.parseInt(flags, 16) & 1 ? '01' : '00')

/** The flags of a trace that begins here: it is recorded. */
export const SAMPLED = '01'

/** A trace of our own, for what no request started: a job, a start-up task. */
export const newTrace = (): Pick<Trace, 'traceId' | 'flags'> => ({
  traceId: newTraceId(),
  flags: SAMPLED,
})
