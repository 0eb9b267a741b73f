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
  /** Where to reach the service over this line. */
  url: string
  /** Ends what is connected; undefined heals it. */
  fault(fault: LineFault | undefined): void
  /**
   * When it was asked for something since the fault was last set, in milliseconds on the monotonic clock: each connection
   * that was opened and each HTTP request after the first on one.
   */
  attempts(): readonly number[]
  close(): Promise<void>
}

const SLOW_MS = 1_000
const FLAP_MS = 500
const HALF_BYTES = 60
const HTTP_REQUEST = /^(GET|POST|DELETE|HEAD) /

export async function openLine(target: string): Promise<FaultyLine> {
  const to = new URL(target)
  const sockets = new Set<Socket>()
  let fault: LineFault | undefined
  let attempts: number[] = []

  const server = createServer((socket) => {
    keep(socket)
    attempts.push(performance.now())
    let isFirst = true
    socket.on('data', (piece) => {
      if (!isFirst && HTTP_REQUEST.test(piece.toString('latin1', 0, 8))) {
        attempts.push(performance.now())
      }
      isFirst = false
    })
    const now = fault === 'flap' ? flapping() : fault
    if (now === 'down') {
      socket.resetAndDestroy()
    } else if (now === 'garbage') {
      socket.once('data', () => socket.end('\u0000not what you asked for\r\n\r\n'))
    } else if (now !== 'hang') {
      forward(socket, now)
    }
  })

  function keep(socket: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  }

  function forward(socket: Socket, now: LineFault | undefined): void {
    const upstream = dial(Number(to.port), to.hostname)
    keep(upstream)
    const way = now === 'slow' ? [slowly()] : now === 'half' ? [halfway()] : []
    pipeline([socket, upstream], () => {})
    pipeline([upstream, ...way, socket], () => socket.destroy())
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `${to.protocol}//${to.hostname}:${port}`,
    fault(next) {
      fault = next
      attempts = []
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
