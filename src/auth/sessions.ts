import { hash } from 'node:crypto'
import { dataVersion } from '../../db/data-version.ts'
import type { Database, DbOrTrx } from '../../db/open.ts'
import {
  deleteExpiredSessions,
  deleteOtherSessions,
  deleteSession,
  deleteSessionOf,
  findSessionWithUser,
  insertSession,
  listLiveSessions,
  type SessionPage,
  touchSession,
} from '../../db/sessions.ts'
import { isStorageError } from '../../db/storage-error.ts'
import type { SessionRow } from '../../db/tables.ts'
import type { SessionBody } from '../../schemas/auth.ts'
import { type Clock, HOUR, hasPassed, MINUTE, toIso } from '../clock.ts'
import { newId, newSecret } from '../ids.ts'
import { roleOf } from './role.ts'
import { createSessionCache } from './session-cache.ts'

export type Role = 'user' | 'admin'
export type SessionKind = SessionRow['kind']

export interface SessionUser {
  id: string
  email: string | null
  name: string | null
  picture: string | null
  role: Role
}

export interface Session {
  idHash: string
  publicId: string
  kind: SessionKind
  user: SessionUser
}

export interface NewSession {
  /** What the cookie carries; it is stored nowhere. */
  id: string
  publicId: string
  maxAgeMs: number
}

/**
 * Where sessions live. Small on purpose: sessions move to a store of their own when they need Redis or PostgreSQL.
 * A method takes the database or the transaction it is part of; another store ignores it.
 */
export interface SessionStore {
  start(db: DbOrTrx, userId: string, kind: SessionKind, userAgent: string): Promise<NewSession>
  /**
   * The live session with this id; undefined when it never was, was ended, or is past a limit. What another process
   * ended or changed is seen within a second.
   */
  find(id: string): Promise<Session | undefined>
  /** The same, at once, when it was found before and nothing has changed since; undefined when that is not known. */
  recent(id: string): Session | undefined
  /** Live sessions, newest first. */
  list(db: DbOrTrx, userId: string, page?: SessionPage): Promise<SessionRow[]>
  /** @returns whose session it was. */
  end(db: DbOrTrx, idHash: string): Promise<{ userId: string; publicId: string } | undefined>
  endOne(db: DbOrTrx, userId: string, publicId: string): Promise<boolean>
  /** @returns the public ids of the ended ones. */
  endOthers(db: DbOrTrx, userId: string, keepIdHash: string): Promise<string[]>
  /** Removes sessions past a limit, at most `limit`. */
  expire(db: DbOrTrx, limit: number): Promise<{ userId: string; publicId: string }[]>
  /** To be called when a session has been ended or a user changed: what `find` remembers may be wrong. */
  forget(): void
}

export interface SessionLimits {
  idleMs: number
  absoluteMs: number
}

/** The admin token opens at most half a day (the token itself can be used again). */
const TOKEN_SESSION_MS = 12 * HOUR
/** More than anyone keeps open; a list without a page ends there. */
const MAX_LISTED = 1_000
/** A session's last use is written at most once in so long: reading stays reading. */
const TOUCH_MS = MINUTE

/** What is remembered of a session between requests. */
interface Found {
  session: Session
  lastSeenAt: number
  expiresAt: number
}

/** That a session was used is a note, not a condition: people go on reading while nothing can be written. */
async function noteUse(
  db: DbOrTrx,
  idHash: string,
  use: { lastSeenAt: number; expiresAt: number },
): Promise<void> {
  try {
    await touchSession(db, idHash, use)
  } catch (error) {
    if (!isStorageError(error)) throw error
  }
}

export const hashSessionId = (id: string): string => hash('sha256', id, 'base64url')

export function createSessionStore(
  db: Database,
  clock: Clock,
  limits: SessionLimits,
  adminEmails: readonly string[],
): SessionStore {
  const touchAfter = Math.min(TOUCH_MS, limits.idleMs / 10)
  const isTouchDue = ({ lastSeenAt }: Found, now: number) => hasPassed(lastSeenAt, touchAfter, now)
  const lifetimeOf = (kind: SessionKind) =>
    kind === 'token' ? Math.min(TOKEN_SESSION_MS, limits.absoluteMs) : limits.absoluteMs
  /** Whether a session found lately is live for certain, and its last use needs no note yet. */
  const isFresh = (found: Found, now: number) => now < found.expiresAt && !isTouchDue(found, now)
  const cache = createSessionCache<Found>(() => dataVersion(db))

  async function readSession(idHash: string): Promise<Found | undefined> {
    const row = await findSessionWithUser(db, idHash)
    if (!row) return undefined
    const { userId, userKind: kind, email, emailVerified: email_verified, name, picture } = row
    const role = roleOf({ kind, email, email_verified }, adminEmails)
    const session: Session = {
      idHash: row.idHash,
      publicId: row.publicId,
      kind: row.sessionKind,
      user: { id: userId, email, name, picture, role },
    }
    return { session, lastSeenAt: row.lastSeenAt, expiresAt: row.expiresAt }
  }

  return {
    async start(db, userId, kind, userAgent) {
      const id = newSecret()
      const publicId = newId()
      const now = clock()
      const maxAgeMs = lifetimeOf(kind)
      await insertSession(db, {
        id_hash: hashSessionId(id),
        public_id: publicId,
        user_id: userId,
        kind,
        user_agent: userAgent.slice(0, 400),
        created_at: now,
        last_seen_at: now,
        expires_at: now + maxAgeMs,
      })
      return { id, publicId, maxAgeMs }
    },

    recent(id) {
      const found = cache.recent(id)
      return found && isFresh(found, clock()) ? found.session : undefined
    },

    async find(id) {
      const now = clock()
      const read = () => readSession(hashSessionId(id))
      const known = await cache.read(id, read)
      const found = known && !isFresh(known, now) ? await cache.reread(id, read) : known
      if (!found || found.expiresAt <= now || found.lastSeenAt + limits.idleMs <= now) {
        return undefined
      }
      if (isTouchDue(found, now)) {
        // Never more than a life to go, should the clock have been set back.
        const expiresAt = Math.min(found.expiresAt, now + lifetimeOf(found.session.kind))
        await noteUse(db, found.session.idHash, { lastSeenAt: now, expiresAt })
      }
      return found.session
    },

    forget: () => cache.forget(),

    list(db, userId, page = { limit: MAX_LISTED }) {
      const now = clock()
      return listLiveSessions(db, userId, { now, idleSince: now - limits.idleMs }, page)
    },

    async end(db, idHash) {
      const row = await deleteSession(db, idHash)
      return row && { userId: row.user_id, publicId: row.public_id }
    },

    async endOne(db, userId, publicId) {
      return (await deleteSessionOf(db, userId, publicId)) !== undefined
    },

    async endOthers(db, userId, keepIdHash) {
      const rows = await deleteOtherSessions(db, userId, keepIdHash)
      return rows.map((row) => row.public_id)
    },

    async expire(db, limit) {
      const now = clock()
      const rows = await deleteExpiredSessions(db, now, now - limits.idleMs, limit)
      return rows.map((row) => ({ userId: row.user_id, publicId: row.public_id }))
    },
  }
}

/** A session as its owner sees it. */
export const sessionBody = (row: SessionRow, currentIdHash: string): SessionBody => ({
  id: row.public_id,
  kind: row.kind,
  createdAt: toIso(row.created_at),
  lastSeenAt: toIso(row.last_seen_at),
  expiresAt: toIso(row.expires_at),
  userAgent: row.user_agent ?? '',
  current: row.id_hash === currentIdHash,
})
