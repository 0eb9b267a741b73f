/** A request as the generator sends it. */
export interface Target {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
}

/** What the generator is told to do. */
export interface LoadSpec {
  port: number
  /** Taken in turn, again and again; with `once`, each one time and no more. */
  targets: Target[]
  once?: boolean
  /** So many targets in a row are one thing: sent one after another, and timed as one. Default 1. */
  together?: number
  connections: number
  /** How long, in seconds; with `once` it ends sooner when the targets do. */
  seconds: number
  /**
   * So many seconds before those are not counted: V8 gives back memory in a pause, and a server that has just had one
   * is for a while another than one that goes on. Default 0.
   */
  leadIn?: number
  /** Requests a second, sent when they are due; without it each connection sends as soon as it has its answer. */
  rate?: number
  /** What every answer must have; anything else fails the measurement. */
  status: number
}

export interface LoadResult {
  requests: number
  seconds: number
  /** Requests a second. */
  rate: number
  /** Milliseconds from when a request was due (or was sent, should that be earlier) to the end of its answer. */
  p50: number
  p99: number
  max: number
}

/** A request in bytes. */
export function serialise({ method, path, headers = {}, body }: Target): Buffer {
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`)
}
