import { Readable } from 'node:stream'

/**
 * A stream of what a generator yields, one piece at a time as the reader takes them.
 *
 * Unlike `Readable.from` it does not wait for the generator when the reader goes away: it fires the generator's signal,
 * so that one that waits for something to happen stops waiting.
 *
 * @param make is given the signal that ends it: the reader has gone, or `closing` has fired.
 */
export function createEventStream(
  make: (signal: AbortSignal) => AsyncGenerator<string>,
  closing: AbortSignal,
): Readable {
  const gone = new AbortController()
  const pieces = make(AbortSignal.any([closing, gone.signal]))
  return new Readable({
    encoding: 'utf8',
    highWaterMark: 1,
    read() {
      pieces.next().then(
        ({ done, value }) => this.push(done ? null : value),
        (error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      gone.abort()
      done(error)
    },
  })
}
