/**
 * Serves the sandbox's single page app: a handful of static files and `/config.json`, which tells the page where its
 * API is. The page lives on an origin of its own, so everything that a real browser enforces between two origins
 * (CORS, cookies, CSP) is enforced here too.
 */
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import Fastify from 'fastify'
import { listen } from '../listen.ts'

export interface SpaOptions {
  /** Wanted port; 0 takes any. A taken port falls back to a free one. */
  port: number
  /** Origin of the API, such as `http://localhost:3001`. */
  apiBaseUrl: string
  /** Origin of the sandbox's push service; without it only the browser's own push service is tried. */
  pushServiceUrl?: string
  /** Shown to an administrator beside the API's documentation. */
  extraLinks?: { label: string; href: string }[]
}

export interface Spa {
  url: string
  close: () => Promise<void>
}

interface StaticFile {
  type: string
  body: Buffer
}

const PUBLIC = join(import.meta.dirname, 'public')

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Starts the page's server on loopback. */
export async function startSpa(options: SpaOptions): Promise<Spa> {
  const files = await readPublicFiles()
  const page = files.get('/index.html')
  const policy = contentSecurityPolicy(options)
  const config = {
    apiBaseUrl: options.apiBaseUrl,
    pushServiceUrl: options.pushServiceUrl ?? null,
    extraLinks: options.extraLinks ?? [],
  }
  const app = Fastify({ forceCloseConnections: true })

  app.addHook('onRequest', async (_request, reply) => {
    reply.headers({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    })
  })
  app.get('/config.json', async () => config)
  app.get('/*', async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/'
    // Any path without an extension is the page: a sign-in may return to every path of this origin.
    const file = files.get(path) ?? (extname(path) === '' ? page : undefined)
    if (!file) return reply.callNotFound()
    return reply.type(file.type).send(file.body)
  })

  return { url: await listen(app, options.port), close: () => app.close() }
}

/** Read once and looked up by exact URL path, so no request can name a file outside the folder. */
async function readPublicFiles(): Promise<Map<string, StaticFile>> {
  const entries = await readdir(PUBLIC, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
  return new Map(
    await Promise.all(
      paths.map(async (entry): Promise<[string, StaticFile]> => {
        const path = join(entry.parentPath, entry.name)
        const url = `/${relative(PUBLIC, path).split(sep).join('/')}`
        const type = TYPES[extname(path)] ?? 'application/octet-stream'
        return [url, { type, body: await readFile(path) }]
      }),
    ),
  )
}

function contentSecurityPolicy({ apiBaseUrl, pushServiceUrl }: SpaOptions): string {
  const origins = [apiBaseUrl, pushServiceUrl].filter((url) => url !== undefined)
  const connect = ["'self'", ...origins.map((url) => new URL(url).origin)].join(' ')
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' https: data:",
    `connect-src ${connect}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ].join('; ')
}
