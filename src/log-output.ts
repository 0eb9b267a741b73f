/** Written when so many bytes have come together, or so much time has passed. */
const BLOCK_BYTES = 64 * 1024
const FLUSH_EVERY_MS = 100
/** What a UTF-16 unit takes at most in UTF-8. */
const MAX_BYTES_EACH = 3

/**
 * Standard output for log lines, in blocks: writing them one by one costs a request more than making its answer. A line
 * becomes bytes at once: a logger makes it of many parts, and to gather them later takes longer. What is left is written
 * when the process ends, by `process.exit` or an uncaught error too.
 */
export function logOutput(): { write(line: string): void } {
  let block = newBlock()
  let used = 0

  function flush(): void {
    if (used === 0) return
    process.stdout.write(block.subarray(0, used))
    block = newBlock()
    used = 0
  }

  // Whoever read the log has gone: no reason to stop serving.
  process.stdout.on('error', () => {})
  process.on('exit', flush)
  setInterval(flush, FLUSH_EVERY_MS).unref()
  return {
    write(line) {
      const needed = line.length * MAX_BYTES_EACH
      if (needed > BLOCK_BYTES - used) flush()
      if (needed > BLOCK_BYTES) process.stdout.write(line)
      else used += block.write(line, used)
    },
  }
}

const newBlock = (): Buffer => Buffer.allocUnsafeSlow(BLOCK_BYTES)
