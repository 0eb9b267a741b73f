import { NoAnswerError, ProblemError, readError } from './errors.js'

/**
 * One event of a stream.
 * @typedef {{ id: string, type: string, data: string }} StreamEvent
 */

const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 15_000
/** The server's heartbeat is every 15 s: silence for three of them is a connection that is gone. */
const SILENCE_MS = 45_000

/**
 * The events of a stream, across as many connections as it takes: after a break it comes back, later each time, and
 * resumes behind the last event it yielded (`Last-Event-ID`; WHATWG HTML, section 9.2).
 *
 * @param {(request: Request) => Promise<Response>} fetch
 * @param {string | URL} url
 * @param {object} [options]
 * @param {AbortSignal | undefined} [options.signal] ends it
 * @param {string | undefined} [options.lastEventId] what to resume behind
 * @param {((state: 'open' | 'lost') => void) | undefined} [options.onState]
 * @param {string | undefined} [options.endsWith] an event of this type is the last; a stream may then end by itself
 * @param {number | undefined} [options.firstDelayMs]
 * @returns {AsyncGenerator<StreamEvent, void, undefined>}
 * @throws {ProblemError} when the server refuses (a 4xx other than 429): coming back would not help
 */
export async function* followStream(fetch, url, options = {}) {
  const { signal, onState, endsWith, firstDelayMs = FIRST_DELAY_MS } = options
  let { lastEventId } = options
  let delay = firstDelayMs
  while (!signal?.aborted) {
    try {
      for await (const event of connect(fetch, url, lastEventId, signal, onState)) {
        delay = firstDelayMs
        if (event.id !== '') lastEventId = event.id
        yield event
        if (event.type === endsWith) return
      }
    } catch (error) {
      if (signal?.aborted) return
      if (error instanceof ProblemError && error.status < 500 && error.status !== 429) throw error
    }
    if (signal?.aborted) return
    onState?.('lost')
    await pause(delay, signal)
    delay = Math.min(delay * 2, MAX_DELAY_MS)
  }
}

/**
 * @param {(request: Request) => Promise<Response>} fetch
 * @param {string | URL} url
 * @param {string | undefined} lastEventId
 * @param {AbortSignal | undefined} signal
 * @param {((state: 'open' | 'lost') => void) | undefined} onState
 */
async function* connect(fetch, url, lastEventId, signal, onState) {
  const quiet = new AbortController()
  const ends = signal ? AbortSignal.any([signal, quiet.signal]) : quiet.signal
  const request = new Request(url, {
    headers: {
      accept: 'text/event-stream',
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
    },
    signal: ends,
  })
  let timer = setTimeout(() => quiet.abort(), SILENCE_MS)
  ends.addEventListener('abort', () => clearTimeout(timer))
  try {
    const response = await fetch(request)
    if (!response.ok) throw await readError(response)
    if (!response.body) throw new NoAnswerError('the stream has no body')
    onState?.('open')
    const parser = createParser()
    const text = response.body.pipeThrough(new TextDecoderStream())
    for await (const chunk of text) {
      clearTimeout(timer)
      timer = setTimeout(() => quiet.abort(), SILENCE_MS)
      yield* parser(chunk)
    }
  } finally {
    // Leaving the loop leaves the connection too.
    quiet.abort()
  }
}

/** Reads text in pieces that may end anywhere. @returns {(chunk: string) => StreamEvent[]} */
function createParser() {
  let rest = ''
  let id = ''
  let type = ''
  /** @type {string[]} */
  let data = []

  /** @param {string} line @param {StreamEvent[]} events */
  function readLine(line, events) {
    if (line === '') {
      if (data.length > 0) events.push({ id, type: type || 'message', data: data.join('\n') })
      type = ''
      data = []
      return
    }
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (field === 'id') id = value
    else if (field === 'event') type = value
    else if (field === 'data') data.push(value)
  }

  return (chunk) => {
    /** @type {StreamEvent[]} */
    const events = []
    const lines = (rest + chunk).split(/\r\n|\n|\r(?=.)/s)
    rest = lines.pop() ?? ''
    for (const line of lines) readLine(line, events)
    return events
  }
}

/** @param {number} ms @param {AbortSignal | undefined} signal @returns {Promise<void>} */
const pause = (ms, signal) =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
