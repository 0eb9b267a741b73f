import type { UserRow } from '../../db/tables.ts'
import type { Role } from './sessions.ts'

/** The built-in administrator, and whoever has proved to own one of `ADMIN_EMAILS`. */
export function roleOf(
  user: Pick<UserRow, 'kind' | 'email' | 'email_verified'>,
  adminEmails: readonly string[],
): Role {
  const listed = user.email_verified === 1 && adminEmails.includes(user.email?.toLowerCase() ?? '')
  return user.kind === 'builtin' || listed ? 'admin' : 'user'
}
