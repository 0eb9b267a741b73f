import { open } from 'node:fs/promises'
import { wholeUtf8Length } from './utf8.ts'

/** Bytes of output that are kept of each stream of a run. */
export const OUTPUT_CAP = 10 * 1024 * 1024

export interface CappedFile {
  /** Writes what still fits; the rest is dropped, so that whoever writes is never held up by a full file. */
  write(chunk: Buffer): Promise<void>
  close(): Promise<void>
}

/** A file that takes so many bytes, then a last line that says so, and nothing more. */
export async function openCappedFile(path: string, cap = OUTPUT_CAP): Promise<CappedFile> {
  const file = await open(path, 'w', 0o600)
  let left = cap
  let full = false
  return {
    async write(chunk) {
      if (full) return
      if (chunk.length <= left) {
        left -= chunk.length
        await file.write(chunk)
        return
      }
      full = true
      const last = chunk.subarray(0, left)
      await file.write(last.subarray(0, wholeUtf8Length(last)))
      await file.write(`\n{"t":"log","text":"output cut off after ${cap} bytes"}\n`)
    },
    close: () => file.close(),
  }
}
