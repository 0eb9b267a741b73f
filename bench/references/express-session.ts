import { createHash, randomBytes } from 'node:crypto'
import SQLite from 'better-sqlite3'
import cookieParser from 'cookie-parser'
import cors from 'cors'
import express, { type NextFunction, type Request, type Response } from 'express'
import pino from 'pino'
import { pinoHttp } from 'pino-http'

/**
 * The session read as most would write it with Express 5: the same duties (CORS, trace, one log line a request, JSON
 * bodies, signed cookie, hashed session id, both limits of a session) and the same database file.
 */
const { DATABASE_PATH, SESSION_SECRET, WEB_BASE_URL, PORT } = process.env as Record<string, string>
const IDLE_MS = 7 * 86_400_000

const database = new SQLite(DATABASE_PATH)
database.pragma('journal_mode = WAL')
const findSession = database.prepare(
  `select s.last_seen_at, s.expires_at, u.id, u.email, u.name, u.picture, u.kind
   from sessions s join users u on u.id = s.user_id where s.id_hash = ?`,
)

interface Row {
  last_seen_at: number
  expires_at: number
  id: string
  email: string | null
  name: string | null
  picture: string | null
  kind: string
}

const app = express()
app.disable('x-powered-by')
app.disable('etag')
app.use(cors({ origin: WEB_BASE_URL, credentials: true }))
app.use(trace)
app.use(
  pinoHttp({
    logger: pino(),
    genReqId: (_request, response) => response.getHeader('x-trace') as string,
  }),
)
app.use(express.json())
app.use(cookieParser(SESSION_SECRET))
app.use(securityHeaders)
app.use(session)
app.get('/api/auth/session', (_request, response) => {
  response.json(response.locals.user ? { user: response.locals.user } : {})
})
app.listen(Number(PORT), '127.0.0.1')

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/

function trace(request: Request, response: Response, next: NextFunction): void {
  const given = TRACEPARENT.exec(request.get('traceparent') ?? '')?.[1]
  response.locals.traceId = given ?? randomBytes(16).toString('hex')
  next()
}

function securityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.set({
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-site',
    'cache-control': 'no-store',
  })
  next()
}

function session(request: Request, response: Response, next: NextFunction): void {
  const id = (request.signedCookies as Record<string, string>).sid?.slice('sid:'.length)
  if (id) {
    const hash = createHash('sha256').update(id).digest('base64url')
    const row = findSession.get(hash) as Row | undefined
    const now = Date.now()
    if (row && row.expires_at > now && row.last_seen_at + IDLE_MS > now) {
      const { email, name, picture, kind } = row
      const role = kind === 'builtin' ? 'admin' : 'user'
      response.locals.user = { id: row.id, email, name, picture, role }
    }
  }
  next()
}
