import { readFileSync } from 'node:fs'
import Fastify from 'fastify'

/** Bare Fastify that has loaded everything oo-api depends on, and uses none of it. */
interface Package {
  dependencies: Record<string, string>
}

const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
for (const name of Object.keys((JSON.parse(text) as Package).dependencies)) await import(name)
const app = Fastify()
app.get('/health', async () => ({ ok: true }))
await app.listen({ port: Number(process.env.PORT) })
