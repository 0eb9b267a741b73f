/** Somebody who can sign in at the sandbox's identity provider. */
export interface Account {
  /** Value of the form field `login`; also the subject (`sub`) when none is given. */
  login: string
  sub?: string
  name: string
  email: string
  emailVerified: boolean
}

/** The people offered unless {@link startIdentity} is given others. Olive's address is the sandbox's admin. */
export const defaultAccounts: readonly Account[] = [
  { login: 'ada', name: 'Ada Lovelace', email: 'ada@example.com', emailVerified: true },
  { login: 'grace', name: 'Grace Hopper', email: 'grace@example.com', emailVerified: true },
  { login: 'alan', name: 'Alan Turing', email: 'alan@example.com', emailVerified: true },
  { login: 'olive', name: 'Olive Operator', email: 'olive@example.com', emailVerified: true },
  { login: 'uma', name: 'Uma Unverified', email: 'uma@example.com', emailVerified: false },
]

/** The subject under which a relying party knows the account. */
export function subjectOf(account: Account): string {
  return account.sub ?? `sandbox-${account.login}`
}

/** Claims of the account's ID token (OpenID Connect Core, section 5.1). */
export function claimsOf(account: Account, issuer: string) {
  return {
    sub: subjectOf(account),
    email: account.email,
    email_verified: account.emailVerified,
    name: account.name,
    picture: `${issuer}/avatars/${encodeURIComponent(account.login)}.svg`,
  }
}

/** First letters of the first and last name, as drawn on an avatar. */
export function initialsOf(account: Account): string {
  const words = account.name.split(/\s+/)
  return [words.at(0), words.at(-1)].map((word) => word?.charAt(0).toUpperCase()).join('')
}
