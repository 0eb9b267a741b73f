import { registerHooks } from 'node:module'

/**
 * The server as it is, but for the protections that stand in the way of every request (docs/security.md): no security
 * headers, no look at where a request comes from, no limits. What they cost is the difference.
 */
const WITHOUT: Record<string, string> = {
  'security-headers': `
    export { JSON_CSP, securityHeaders } from './security-headers.ts?as-it-is'
    export default fp(async () => {}, { name: 'security-headers' })`,
  csrf: `export default fp(async () => {}, { name: 'csrf' })`,
  limits: `export default fp(async (app) => app.decorate('limit', () => {}), { name: 'limits' })`,
}

const replaced = new Set<string>()
registerHooks({
  load(url, context, nextLoad) {
    const [, name = ''] = /\/plugins\/([a-z-]+)\.ts$/.exec(url) ?? []
    const body = WITHOUT[name]
    if (body === undefined) return nextLoad(url, context)
    replaced.add(name)
    const source = `import fp from 'fastify-plugin'\n${body}`
    return { format: 'module', source, shortCircuit: true }
  },
})

await import('../../src/server.ts')
await import('../../src/app.ts')
// A plugin that got another name must not make both sides the same.
const missing = Object.keys(WITHOUT).filter((name) => !replaced.has(name))
if (missing.length > 0) throw new Error(`not taken out: ${missing.join(', ')}`)
