import { lookup } from 'node:dns/promises'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

const HOST = '127.0.0.1'

/**
 * Listens on loopback and nowhere else.
 *
 * @param port wanted port; 0 means any, and so does one that is taken
 * @returns the service's origin, `http://localhost:PORT`
 * @throws when `localhost` does not mean 127.0.0.1 here, or when listening fails for another reason than a taken port
 */
export async function listen(app: FastifyInstance, port: number): Promise<string> {
  await requireLocalhost()
  try {
    await app.listen({ host: HOST, port })
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await app.listen({ host: HOST, port: 0 })
  }
  return `http://localhost:${(app.server.address() as AddressInfo).port}`
}

async function requireLocalhost(): Promise<void> {
  const addresses = await lookup('localhost', { all: true })
  if (addresses.some(({ address }) => address === HOST)) return
  throw new Error(`the sandbox needs localhost to resolve to ${HOST}: see the hosts file`)
}
