import { open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../db/open.ts'
import { findSimRun, type SimStatus } from '../../db/sims.ts'
import type { SimOutput } from '../../schemas/sims.ts'
import { Problem } from '../errors.ts'
import { createEventStream } from '../http/event-stream.ts'
import { runFiles } from './folders.ts'
import { wholeUtf8Length } from './utf8.ts'

const MAX_BYTES = 64 * 1024
const LOOK_EVERY_MS = 250
const HEARTBEAT_MS = 15_000

export interface OutputDeps {
  db: Database
  root: string
}

/**
 * Standard output of a run from a byte offset on. `nextOffset` never lies within a character, so slices read one after
 * another join to the whole. An offset past the end gives nothing.
 *
 * @throws {Problem} not_found
 */
export async function readOutput(
  { db, root }: OutputDeps,
  id: string,
  offset: number,
): Promise<SimOutput & { status: SimStatus }> {
  const run = await findSimRun(db, id)
  if (!run) throw new Problem('not_found')
  // The order matters: a run that has ended before the file is read writes no more.
  const ended = run.finished_at !== null
  const { bytes, more } = await readBytes(runFiles(root, id).stdout, offset)
  const length = ended && !more ? bytes.length : wholeUtf8Length(bytes)
  return {
    offset,
    nextOffset: offset + length,
    data: bytes.toString('utf8', 0, length),
    done: ended && !more,
    status: run.status,
  }
}

/** A file that is not there (not yet, or no more) is empty. */
async function readBytes(path: string, offset: number): Promise<{ bytes: Buffer; more: boolean }> {
  try {
    await using file = await open(path)
    const buffer = Buffer.alloc(MAX_BYTES)
    const { bytesRead } = await file.read({ buffer, position: offset })
    const { size } = await file.stat()
    return { bytes: buffer.subarray(0, bytesRead), more: offset + bytesRead < size }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { bytes: Buffer.alloc(0), more: false }
  }
}

/**
 * The same as an event stream (WHATWG HTML, section 9.2), which follows the run to its end. The id of an event is the
 * offset to go on from. It ends with an event `done`, when the signal fires, or when its reader goes away.
 */
export function followOutput(
  deps: OutputDeps,
  id: string,
  start: number,
  closing: AbortSignal,
): Readable {
  return createEventStream((signal) => follow(deps, id, start, signal), closing)
}

async function* follow(
  deps: OutputDeps,
  id: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let offset = start
  let lastSaid = performance.now()
  // The first bytes go out at once, so that the reader knows the stream is open.
  yield ': following\n\n'
  while (!signal.aborted) {
    const { status, ...output } = await readOutput(deps, id, offset)
    const said = output.nextOffset > offset
    offset = output.nextOffset
    if (said) yield event({ id: offset }, output)
    if (output.done) {
      yield event({ id: offset, event: 'done' }, { status })
      return
    }
    if (said) {
      lastSaid = performance.now()
      continue
    }
    if (performance.now() - lastSaid >= HEARTBEAT_MS) {
      lastSaid = performance.now()
      yield ': still running\n\n'
    }
    // A signal that fires while it sleeps ends the loop, not with an error.
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {})
  }
}

function event(fields: { id: number; event?: string }, data: object): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`)
  return `${lines.join('')}data: ${JSON.stringify(data)}\n\n`
}
