import fastifyCookie from '@fastify/cookie'
import type SQLite from 'better-sqlite3'
import { hashSessionId } from '../../src/auth/sessions.ts'
import { DAY } from '../../src/clock.ts'
import { newId, newSecret } from '../../src/ids.ts'
import { SESSION_SECRET } from '../environment.ts'
import type { Target } from '../load/wire.ts'

export interface Person {
  id: string
  /** The `sid` cookie's value as the server signs it, not yet percent-encoded. */
  signedSession: string
}

/** Writes users, each with a live session. @param nameOf how the name of each begins. */
export function addPeople(
  database: SQLite.Database,
  count: number,
  nameOf: (index: number) => string = () => 'Person',
): Person[] {
  const now = Date.now()
  const insertUser = database.prepare(
    `insert into users (id, kind, issuer, subject, email, email_verified, name, picture, created_at, last_active_at)
     values (?, 'person', 'https://bench.invalid', ?, ?, 1, ?, null, ?, ?)`,
  )
  const insertSession = database.prepare(
    `insert into sessions (id_hash, public_id, user_id, kind, user_agent, created_at, last_seen_at, expires_at)
     values (?, ?, ?, 'oidc', 'bench', ?, ?, ?)`,
  )
  function add(_: unknown, index: number): Person {
    const id = newId()
    const session = newSecret()
    insertUser.run(id, id, `${id}@example.com`, `${nameOf(index)} ${id}`, now, now)
    insertSession.run(hashSessionId(session), newId(), id, now, now, now + 30 * DAY)
    return { id, signedSession: fastifyCookie.sign(`sid:${session}`, SESSION_SECRET) }
  }
  return database.transaction(() => Array.from({ length: count }, add))()
}

export const cookieOf = ({ signedSession }: Person): Record<string, string> => ({
  cookie: `sid=${encodeURIComponent(signedSession)}`,
})

export const sessionOf = (person: Person): Target => ({
  ...{ method: 'GET', path: '/api/auth/session', headers: cookieOf(person) },
})
