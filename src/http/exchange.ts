import type { Dispatcher } from 'undici'

export interface Answer {
  status: number
  /** The body, read as UTF-8. */
  text: string
}

export interface Limits {
  /** From the call to the end of the answer, waiting for a connection included. */
  timeoutMs: number
  /** Bytes of the body. */
  maxBytes: number
}

/** Why there was no answer. */
export class ExchangeError extends Error {
  readonly reason: 'timeout' | 'too_large' | 'unreachable'

  constructor(reason: ExchangeError['reason']) {
    super(`no answer: ${reason}`)
    this.reason = reason
  }
}

/**
 * Sends a request and reads the whole answer, within a time and a size.
 *
 * By undici's `dispatch`: what its `request` makes of each answer outlives it by far, and the pauses to collect that are
 * ten times as long.
 *
 * @throws {ExchangeError}
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, maxBytes }: Limits,
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const chunks: Buffer[] = []
  let controller: Dispatcher.DispatchController | undefined
  let failure: ExchangeError | undefined
  let status = 0
  let size = 0

  const timer = setTimeout(fail, timeoutMs, 'timeout')

  function fail(reason: ExchangeError['reason']): void {
    clearTimeout(timer)
    failure ??= new ExchangeError(reason)
    controller?.abort(failure)
    reject(failure)
  }

  dispatcher.dispatch(request, {
    onRequestStart(started) {
      controller = started
      if (failure) started.abort(failure)
    },
    onResponseStart(_, statusCode) {
      status = statusCode
    },
    onResponseData(_, chunk) {
      size += chunk.length
      if (size > maxBytes) fail('too_large')
      else chunks.push(chunk)
    },
    onResponseEnd() {
      clearTimeout(timer)
      resolve({ status, text: Buffer.concat(chunks).toString('utf8') })
    },
    onResponseError() {
      fail('unreachable')
    },
  })
  return promise
}
