import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastifyCookie from '@fastify/cookie'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { createApp } from '../src/app.ts'
import type { Clock } from '../src/clock.ts'
import { type Config, loadConfig } from '../src/config.ts'

export type Env = Record<string, string>

export const API = 'http://localhost:3001'
export const WEB = 'http://localhost:3000'

/** A complete environment; services that a test does not start have addresses where nothing listens. */
export const testEnv = (extra: Env = {}): Env => ({
  NODE_ENV: 'test',
  PORT: '0',
  LOG_LEVEL: 'silent',
  SESSION_SECRET: 'k'.repeat(16) + randomBytes(16).toString('hex'),
  GOOGLE_CLIENT_ID: 'oo-test',
  GOOGLE_CLIENT_SECRET: 'google-client-secret',
  GOOGLE_ISSUER: 'http://127.0.0.1:9',
  TODOIST_CLIENT_ID: 'todoist-test',
  TODOIST_CLIENT_SECRET: 'todoist-client-secret',
  TODOIST_AUTH_URL: 'http://127.0.0.1:9',
  TODOIST_API_URL: 'http://127.0.0.1:9',
  ML_SERVING_URL: 'http://127.0.0.1:9',
  SYNC_START_DELAY_MS: '3600000',
  ADMIN_TOKEN: 'an-admin-token-for-tests-0123456789abcdef',
  RATE_LIMIT_AUTH: '1000',
  RATE_LIMIT_USER: '100000',
  ...extra,
})

export interface TestApp {
  app: FastifyInstance
  config: Config
  /** The log, one parsed line each (give LOG_LEVEL to have any). */
  log: Record<string, unknown>[]
}

/** Builds the app on a database file of its own, and tears both down after the test. */
export async function build(
  t: Test,
  env: Env = {},
  options: { clock?: Clock } = {},
): Promise<TestApp> {
  const path = join(tmpdir(), `oo-test-${randomBytes(8).toString('hex')}.db`)
  const config = loadConfig(testEnv({ DATABASE_PATH: path, ...env }))
  const log: Record<string, unknown>[] = []
  const app = await createApp({
    config,
    ...options,
    logStream: { write: (line) => void log.push(JSON.parse(line)) },
  })
  t.teardown(async () => {
    await app.close()
    for (const suffix of ['', '-wal', '-shm', '-jobs']) await rm(path + suffix, { force: true })
  })
  await app.ready()
  return { app, config, log }
}

/** A clock that stands still until it is moved. */
export function fakeClock(start = Date.parse('2026-11-22T09:00:00Z')) {
  let now = start
  const clock = () => now
  return Object.assign(clock, {
    advance(ms: number) {
      now += ms
    },
  })
}

/** The `name=value` part of each cookie that an answer sets, by name. */
export function cookiesOf(headers: Record<string, unknown>): Record<string, string> {
  const lines = [headers['set-cookie'] ?? []].flat() as string[]
  return Object.fromEntries(
    lines.map((line) => {
      const pair = line.split(';')[0] ?? ''
      return [pair.slice(0, pair.indexOf('=')), pair]
    }),
  )
}

/** Signs in as the built-in administrator. @returns the cookie header. */
export async function signInAsAdmin({ app, config }: TestApp): Promise<string> {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/token',
    payload: { token: config.ADMIN_TOKEN },
  })
  return cookiesOf(answer.headers).sid ?? ''
}

export interface Person {
  userId: string
  /** The cookie header of a live session. */
  cookie: string
}

/**
 * A signed-in person, made straight in the store: for tests that are about what comes after the sign-in.
 * The sign-in itself is tested against a real provider in routes/auth.test.ts.
 */
export async function signInPerson(
  { app }: TestApp,
  claims: { subject?: string; email?: string; name?: string; emailVerified?: boolean } = {},
): Promise<Person> {
  const { signInPerson: signIn } = await import('../src/auth/sign-in.ts')
  const subject = claims.subject ?? randomBytes(6).toString('hex')
  const session = await signIn(
    { transact: app.transact, sessions: app.sessions, clock: app.clock },
    {
      issuer: app.config.GOOGLE_ISSUER,
      subject,
      email: claims.email ?? `${subject}@example.com`,
      emailVerified: claims.emailVerified ?? true,
      name: claims.name ?? `Person ${subject}`,
      picture: null,
    },
    { traceId: 'f'.repeat(32), userAgent: 'tap', previous: null },
  )
  const found = await app.sessions.find(session.id)
  const signed = fastifyCookie.sign(`sid:${session.id}`, app.config.SESSION_SECRET[0] as string)
  const cookie = `sid=${encodeURIComponent(signed)}`
  return { userId: found?.user.id ?? '', cookie }
}
