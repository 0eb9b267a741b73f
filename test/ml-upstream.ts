import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import type { Test } from 'tap'
import { build, type Env, signInAsAdmin } from './helper.ts'

/** A request as it reached the upstream. */
export interface Reached {
  method: string
  url: string
  /** Each header once per line, as sent. */
  headers: [name: string, value: string][]
  bodyBytes: number
}

/** Listens on loopback, and ends with the test whatever connections are open. */
export async function listenFor(t: Test, server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const open = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => open.add(socket))
  t.teardown(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const plain: RequestListener = (_request, response) => {
  response.setHeader('content-type', 'text/plain')
  response.end('here')
}

/** An ml/serving that notes exactly what reaches it. */
export async function recordingUpstream(t: Test, answer: RequestListener = plain) {
  const reached: Reached[] = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const { rawHeaders } = request
    const headers = rawHeaders.flatMap((name, i): [string, string][] =>
      i % 2 === 0 ? [[name.toLowerCase(), rawHeaders[i + 1] ?? '']] : [],
    )
    const { method = '', url = '' } = request
    // The server's own question, at its start.
    if (url === '/policies') return response.writeHead(404).end()
    const entry = { method, url, headers, bodyBytes: 0 }
    reached.push(entry)
    request.on('data', (chunk: Buffer) => {
      entry.bodyBytes += chunk.length
    })
    return answer(request, response)
  })
  return { url: await listenFor(t, server), reached }
}

/** The API in front of an upstream, listening, with an administrator signed in. */
export async function proxyTo(t: Test, upstreamUrl: string, env: Env = {}) {
  const world = await build(t, { ML_SERVING_URL: upstreamUrl, ...env })
  const cookie = await signInAsAdmin(world)
  const address = await world.app.listen({ port: 0, host: '127.0.0.1' })
  return { ...world, cookie, address }
}
