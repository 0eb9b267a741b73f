import type { Trx } from '../../db/open.ts'
import type { UserRow } from '../../db/tables.ts'
import { findUserBySubject, insertConsent, insertUser, updateUserProfile } from '../../db/users.ts'
import type { Clock } from '../clock.ts'
import type { Emit, Transact } from '../events/transact.ts'
import { newId } from '../ids.ts'
import type { IdentityClaims } from './oidc.ts'
import type { NewSession, Session, SessionKind, SessionStore, SessionUser } from './sessions.ts'

export interface SignInDeps {
  transact: Transact
  sessions: SessionStore
  clock: Clock
}

/** The browser that signs in: the session it came with ends, so that a planted one is worth nothing afterwards. */
export interface Caller {
  traceId: string
  userAgent: string
  previous: Session | null
}

/** Finds or creates the person, and opens a new session: one transaction. */
export function signInPerson(
  deps: SignInDeps,
  claims: IdentityClaims,
  caller: Caller,
): Promise<NewSession> {
  return deps.transact(caller.traceId, async (trx, emit) => {
    const userId = await upsertUser(trx, emit, deps.clock, 'person', claims)
    return openSession(deps, trx, emit, userId, 'oidc', caller)
  })
}

const BUILT_IN: IdentityClaims = {
  issuer: 'oo-api',
  subject: 'administrator',
  // A reserved name (RFC 2606): nothing can ever be delivered there.
  email: 'administrator@oo.invalid',
  emailVerified: false,
  name: 'Administrator',
  picture: null,
}

/** Opens a session of the built-in administrator. */
export function signInAdministrator(
  deps: SignInDeps,
  caller: Caller,
): Promise<{ user: SessionUser; session: NewSession }> {
  return deps.transact(caller.traceId, async (trx, emit) => {
    const userId = await upsertUser(trx, emit, deps.clock, 'builtin', BUILT_IN)
    const { email, name, picture } = BUILT_IN
    return {
      user: { id: userId, email, name, picture, role: 'admin' },
      session: await openSession(deps, trx, emit, userId, 'token', caller),
    }
  })
}

async function upsertUser(
  trx: Trx,
  emit: Emit,
  clock: Clock,
  kind: UserRow['kind'],
  claims: IdentityClaims,
): Promise<string> {
  const now = clock()
  const profile = {
    email: claims.email,
    email_verified: claims.emailVerified ? 1 : 0,
    name: claims.name,
    picture: claims.picture,
    last_active_at: now,
  }
  const known = await findUserBySubject(trx, claims.issuer, claims.subject)
  if (known) {
    await updateUserProfile(trx, known.id, profile)
    return known.id
  }
  const id = newId()
  const { issuer, subject } = claims
  await insertUser(trx, { id, kind, issuer, subject, created_at: now, ...profile })
  if (kind === 'person') {
    await insertConsent(trx, {
      id: newId(),
      user_id: id,
      kind: 'terms',
      action: 'granted',
      at: now,
    })
    await emit('signals.user.created', id, {})
  }
  return id
}

async function openSession(
  deps: SignInDeps,
  trx: Trx,
  emit: Emit,
  userId: string,
  kind: SessionKind,
  { previous, userAgent }: Caller,
): Promise<NewSession> {
  if (previous && (await deps.sessions.end(trx, previous.idHash))) {
    await emit('signals.session.ended', previous.user.id, {
      sessionId: previous.publicId,
      reason: 'replaced',
    })
  }
  const session = await deps.sessions.start(trx, userId, kind, userAgent)
  await emit('signals.session.started', userId, { sessionId: session.publicId, kind })
  return session
}
