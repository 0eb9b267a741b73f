/** Written when so many characters have come together, or so much time has passed. */
const BLOCK_LENGTH = 32 * 1024
const FLUSH_EVERY_MS = 100

/**
 * Standard output for log lines, in blocks: writing them one by one costs a request more than making its answer. What is
 * left is written when the process ends, by `process.exit` or an uncaught error too.
 */
export function logOutput(): { write(line: string): void } {
  let block = ''

  function flush(): void {
    if (block === '') return
    const lines = block
    block = ''
    process.stdout.write(lines)
  }

  // Whoever read the log has gone: no reason to stop serving.
  process.stdout.on('error', () => {})
  process.on('exit', flush)
  setInterval(flush, FLUSH_EVERY_MS).unref()
  return {
    write(line) {
      block += line
      if (block.length >= BLOCK_LENGTH) flush()
    },
  }
}
