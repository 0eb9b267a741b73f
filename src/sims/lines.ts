import { StringDecoder } from 'node:string_decoder'

/** A line longer than this is read up to here. */
const MAX_LINE = 16 * 1024

/** Cuts a stream of bytes into lines, in bounded memory. @returns what takes the next bytes. */
export function createLineReader(onLine: (line: string) => void): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return (chunk) => {
    const parts = decoder.write(chunk).split('\n')
    parts[0] = rest + parts[0]
    rest = (parts.pop() as string).slice(0, MAX_LINE)
    for (const line of parts) onLine(line.slice(0, MAX_LINE))
  }
}

/** What a line of a simulator's standard output says. */
export type SimLine = { t: 'progress'; done: number; total: number } | { t: 'log'; text: string }

/** A line that is not JSON is a log line; a `metric`, or what a later simulator may add, says nothing here. */
export function readSimLine(line: string): SimLine | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { t: 'log', text: line }
  }
  const { t, done, total, text } = (value ?? {}) as Record<string, unknown>
  if (t === 'progress' && isCount(done) && isCount(total)) return { t, done, total }
  if (t === 'log' && typeof text === 'string') return { t, text }
  return undefined
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0
