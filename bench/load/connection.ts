import { connect, type Socket } from 'node:net'

export interface Answer {
  status: number
  /** Bytes of the body. */
  bytes: number
}

/** One keep-alive connection, one request at a time. */
export interface Connection {
  /** Sends a request as it stands. @throws when the connection ends before the answer does. */
  send(request: Buffer): Promise<Answer>
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** Reads of HTTP/1.1 only what it takes to know where an answer ends: a generator must not be what is measured. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = await opened(port)
  let waiting: PromiseWithResolvers<Answer> | undefined
  let head: Buffer = Buffer.alloc(0)
  let answer: { status: number; bytes: number; missing: number } | undefined

  function settle(): void {
    const done = answer as Answer
    answer = undefined
    head = Buffer.alloc(0)
    const { resolve } = waiting as PromiseWithResolvers<Answer>
    waiting = undefined
    resolve({ status: done.status, bytes: done.bytes })
  }

  function onData(chunk: Buffer): void {
    if (answer === undefined) {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
      const end = head.indexOf(HEAD_END)
      if (end === -1) return
      const { status, length } = readHead(head.toString('latin1', 0, end))
      const body = head.length - end - HEAD_END.length
      answer = { status, bytes: body, missing: length - body }
    } else {
      answer.bytes += chunk.length
      answer.missing -= chunk.length
    }
    // Without a length the body is chunked, and ends with the empty chunk.
    if (answer.missing <= 0 || (answer.missing === Infinity && endsWith(chunk, LAST_CHUNK)))
      settle()
  }

  function onEnd(error?: Error): void {
    waiting?.reject(error ?? new Error('the connection ended before the answer'))
    waiting = undefined
  }

  socket.on('data', onData)
  socket.on('error', onEnd)
  socket.on('close', () => onEnd())
  return {
    send(request) {
      waiting = Promise.withResolvers<Answer>()
      socket.write(request)
      return waiting.promise
    },
    close: () => socket.destroy(),
  }
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

const CONTENT_LENGTH = /\r\ncontent-length: *(\d+)/i
const CHUNKED = /\r\ntransfer-encoding: *chunked/i

function readHead(head: string): { status: number; length: number } {
  const status = Number(head.slice(9, 12))
  if (status === 204 || status === 304) return { status, length: 0 }
  const length = CONTENT_LENGTH.exec(head)?.[1]
  if (length !== undefined) return { status, length: Number(length) }
  if (CHUNKED.test(head)) return { status, length: Infinity }
  throw new Error('an answer without a length')
}

const endsWith = (buffer: Buffer, end: Buffer): boolean =>
  buffer.length >= end.length && buffer.subarray(buffer.length - end.length).equals(end)
