import { hash } from 'node:crypto'
import type { DbOrTrx } from '../../db/open.ts'
import {
  deleteExpiredSessions,
  deleteOtherSessions,
  deleteSession,
  deleteSessionOf,
  findSessionWithUser,
  insertSession,
  listSessions,
  touchSession,
} from '../../db/sessions.ts'
import type { SessionRow } from '../../db/tables.ts'
import type { SessionBody } from '../../schemas/auth.ts'
import { type Clock, HOUR, MINUTE, toIso } from '../clock.ts'
import { newId, newSecret } from '../ids.ts'
import { roleOf } from './role.ts'

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
  /** The live session with this id; undefined when it never was, was ended, or is past a limit. */
  find(db: DbOrTrx, id: string): Promise<Session | undefined>
  list(db: DbOrTrx, userId: string): Promise<SessionRow[]>
  /** @returns whose session it was. */
  end(db: DbOrTrx, idHash: string): Promise<{ userId: string; publicId: string } | undefined>
  endOne(db: DbOrTrx, userId: string, publicId: string): Promise<boolean>
  /** @returns the public ids of the ended ones. */
  endOthers(db: DbOrTrx, userId: string, keepIdHash: string): Promise<string[]>
  /** Removes sessions past a limit, at most `limit`. */
  expire(db: DbOrTrx, limit: number): Promise<{ userId: string; publicId: string }[]>
}

export interface SessionLimits {
  idleMs: number
  absoluteMs: number
}

/** The admin token opens at most half a day (the token itself can be used again). */
const TOKEN_SESSION_MS = 12 * HOUR
/** A session's last use is written at most once in so long: reading stays reading. */
const TOUCH_MS = MINUTE

export const hashSessionId = (id: string): string => hash('sha256', id, 'base64url')

export function createSessionStore(
  clock: Clock,
  limits: SessionLimits,
  adminEmails: readonly string[],
): SessionStore {
  const touchAfter = Math.min(TOUCH_MS, limits.idleMs / 10)

  return {
    async start(db, userId, kind, userAgent) {
      const id = newSecret()
      const publicId = newId()
      const now = clock()
      const maxAgeMs =
        kind === 'token' ? Math.min(TOKEN_SESSION_MS, limits.absoluteMs) : limits.absoluteMs
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

    async find(db, id) {
      const row = await findSessionWithUser(db, hashSessionId(id))
      const now = clock()
      if (!row || row.expiresAt <= now || row.lastSeenAt + limits.idleMs <= now) return undefined
      if (now - row.lastSeenAt >= touchAfter) await touchSession(db, row.idHash, now)
      const { userKind: kind, email, emailVerified: email_verified } = row
      return {
        idHash: row.idHash,
        publicId: row.publicId,
        kind: row.sessionKind,
        user: {
          id: row.userId,
          email: row.email,
          name: row.name,
          picture: row.picture,
          role: roleOf({ kind, email, email_verified }, adminEmails),
        },
      }
    },

    async list(db, userId) {
      const now = clock()
      const rows = await listSessions(db, userId)
      return rows.filter((row) => row.expires_at > now && row.last_seen_at + limits.idleMs > now)
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
