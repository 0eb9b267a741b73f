import type { FastifyRequest } from 'fastify'

const MAX_KEPT = 1000

/** A request as it came in, for a test to look at. */
export interface RecordedRequest {
  /** ISO 8601. */
  at: string
  method: string
  /** With the query. */
  path: string
  headers: Record<string, string | string[] | undefined>
  /** The parsed body; null without one. */
  form: unknown
}

export interface Recorder {
  /** The last thousand requests, oldest first. */
  list(): RecordedRequest[]
  clear(): void
  /** To be put in front of the endpoints, after their bodies are read. */
  hook(request: FastifyRequest): Promise<void>
}

export function createRecorder(): Recorder {
  const requests: RecordedRequest[] = []
  return {
    list: () => [...requests],
    clear() {
      requests.length = 0
    },
    async hook({ method, url, headers, body }) {
      const at = new Date().toISOString()
      requests.push({ at, method, path: url, headers: { ...headers }, form: body ?? null })
      if (requests.length > MAX_KEPT) requests.shift()
    },
  }
}
