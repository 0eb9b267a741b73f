import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net'
import { pipeline, Transform } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * What happens on the line to a neighbour: `down` refuses, `hang` accepts and says nothing, `slow` delays every piece by
 * a second, `garbage` answers with noise, `half` ends in the middle of an answer, `flap` is down every other half second.
 */
export const LINE_FAULTS = ['down', 'hang', 'slow', 'garbage', 'half', 'flap'] as const
export type LineFault = (typeof LINE_FAULTS)[number]

/** A TCP line in front of a service, which can be made to fail whatever the protocol. */
export interface FaultyLine {
  port: number
  /** Ends what is connected; undefined heals it. */
  fault(fault: LineFault | undefined): void
  /** Connections that were asked for, and HTTP requests that were begun, since the last fault was set. */
  attempts(): number
  close(): Promise<void>
}

const SLOW_MS = 1_000
const FLAP_MS = 500
const HALF_BYTES = 60

export async function openLine(target: string): Promise<FaultyLine> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  let fault: LineFault | undefined
  let attempts = 0

  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    socket.on('data', (piece) => {
      if (/^(GET|POST|DELETE|HEAD) /.test(piece.toString('latin1', 0, 8))) attempts += 1
    })
    const now = fault === 'flap' ? flapping() : fault
    if (now === 'down') {
      attempts += 1
      socket.resetAndDestroy()
    } else if (now === 'garbage') {
      socket.once('data', () => socket.end('\u0000not what you asked for\r\n\r\n'))
    } else if (now !== 'hang') {
      forward(socket, now)
    }
  })

  function forward(socket: Socket, now: LineFault | undefined): void {
    const upstream = dial(Number(port), hostname)
    sockets.add(upstream)
    upstream.on('error', () => {}).on('close', () => sockets.delete(upstream))
    const way = now === 'slow' ? [slowly()] : now === 'half' ? [halfway()] : []
    pipeline([socket, upstream], () => {})
    pipeline([upstream, ...way, socket], () => socket.destroy())
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    fault(next) {
      fault = next
      attempts = 0
      for (const socket of sockets) socket.destroy()
    },
    attempts: () => attempts,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const flapping = () => (Math.floor(Date.now() / FLAP_MS) % 2 === 0 ? 'down' : undefined)

const slowly = () =>
  new Transform({
    transform(piece, _encoding, done) {
      void sleep(SLOW_MS).then(() => done(null, piece))
    },
  })

/** The beginning of what comes, and then an orderly end. */
const halfway = () =>
  new Transform({
    transform(piece: Buffer, _encoding, done) {
      this.push(piece.subarray(0, HALF_BYTES))
      done(new Error('cut'))
    },
  })
