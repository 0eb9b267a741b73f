import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

/** What came back over a socket, as far as it came. */
export interface RawAnswer {
  status: number
  headers: Record<string, string>
  body: string
}

/** A connection that says exactly what it is given, and is gone after the test. */
export async function dial(t: Test, address: string): Promise<Socket> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  // What a server that cuts the connection causes here; how much arrived says the rest.
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Sends the lines of a request, and a blank one, and reads until the server closes. */
export async function sayRaw(
  t: Test,
  address: string,
  lines: string[],
  body: string | Buffer = '',
): Promise<RawAnswer> {
  const socket = await dial(t, address)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write(`${[...lines, 'connection: close'].join('\r\n')}\r\n\r\n`)
  socket.write(body)
  await once(socket, 'close')
  return parseRaw(Buffer.concat(chunks).toString('latin1'))
}

export function parseRaw(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(headers),
    body: text.slice(end + 4),
  }
}
