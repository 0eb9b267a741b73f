import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, extname, join, relative, sep } from 'node:path'
import type { FastifyPluginAsync } from 'fastify'

/** Nothing but the console's own files and calls; nothing inline. */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

interface StaticFile {
  type: string
  etag: string
  body: string
}

const CONSOLE = join(import.meta.dirname, '../console')
const require = createRequire(import.meta.url)

/**
 * `/admin`: the console, as static files that a browser runs as they are. It is a client like any other: it has no
 * right of its own, and what it shows comes from the admin API with the session cookie of whoever looks.
 */
export const consolePages: FastifyPluginAsync = async (app) => {
  const files = await readFiles()

  app.get<{ Params: { '*'?: string } }>(
    '/admin/*',
    { schema: { hide: true } },
    async (request, reply) => {
      const path = request.params['*'] ?? ''
      // Any path without an extension is a page of the console, so that each can be linked to.
      const file = files.get(extname(path) === '' ? 'index.html' : path)
      if (!file) return reply.callNotFound()
      reply.headers({
        'content-security-policy': PAGE_CSP,
        'cache-control': 'no-cache',
        etag: file.etag,
      })
      if (request.headers['if-none-match'] === file.etag) return reply.code(304).send()
      return reply.type(file.type).send(file.body)
    },
  )
  app.get('/admin', { schema: { hide: true } }, async (_request, reply) =>
    reply.redirect('/admin/', 308),
  )
}

/** Read once and looked up by exact path, so no request can name a file outside of these. */
async function readFiles(): Promise<Map<string, StaticFile>> {
  const client = dirname(require.resolve('oo-admin'))
  const plot = dirname(require.resolve('uplot'))
  const fetchClient = dirname(require.resolve('openapi-fetch'))
  return new Map([
    ...(await readFolder(CONSOLE, '')),
    ...(await readFolder(client, 'client/')),
    ...(await Promise.all([
      readOne(join(plot, 'uPlot.esm.js'), 'vendor/uplot.js'),
      readOne(join(plot, 'uPlot.min.css'), 'vendor/uplot.css'),
      readOne(join(fetchClient, 'index.mjs'), 'vendor/openapi-fetch.js'),
    ])),
  ])
}

async function readFolder(folder: string, prefix: string): Promise<[string, StaticFile][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    paths.map((path) => readOne(path, prefix + relative(folder, path).split(sep).join('/'))),
  )
}

async function readOne(path: string, url: string): Promise<[string, StaticFile]> {
  const text = await readFile(path, 'utf8')
  // A browser knows no packages, and an import map would be inline code.
  const body = text
    .replaceAll("from 'openapi-fetch'", "from '/admin/vendor/openapi-fetch.js'")
    .replace(/^\/\/# sourceMappingURL=.*$/m, '')
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 16)
  const type = TYPES[extname(url)] ?? 'application/octet-stream'
  return [url, { type, etag: `"${hash}"`, body }]
}
