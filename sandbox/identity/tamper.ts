import {
  decodeJwt,
  decodeProtectedHeader,
  generateKeyPair,
  importJWK,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from 'jose'
import type { Provider } from 'oidc-provider'

/** Lies that a relying party must see through (OpenID Connect Core, section 3.1.3.7). */
export const tamperings = [
  'alg-none',
  'bad-signature',
  'wrong-nonce',
  'wrong-aud',
  'wrong-iss',
  'expired',
] as const
export type Tampering = (typeof tamperings)[number]

/**
 * Rewrites the ID token in the token endpoint's answers.
 *
 * @param current what to do to the next answer; `undefined` leaves it as it is
 */
export function tamperWithIdTokens(
  provider: Provider,
  signingKey: JWK,
  current: () => Tampering | undefined,
): void {
  provider.use(async (ctx, next) => {
    await next()
    const tampering = current()
    const answer = ctx.body as { id_token?: string } | undefined
    if (ctx.path !== '/token' || !tampering || !answer?.id_token) return
    ctx.body = { ...answer, id_token: await tamperedToken(answer.id_token, tampering, signingKey) }
  })
}

async function tamperedToken(token: string, tampering: Tampering, key: JWK): Promise<string> {
  const claims = decodeJwt(token)
  if (tampering === 'alg-none') return new UnsecuredJWT(claims).encode()
  const header = { alg: 'RS256', kid: decodeProtectedHeader(token).kid ?? '' }
  const signer =
    tampering === 'bad-signature'
      ? (await generateKeyPair('RS256')).privateKey
      : await importJWK(key, 'RS256')
  return new SignJWT({ ...claims, ...wrongClaims(tampering) })
    .setProtectedHeader(header)
    .sign(signer)
}

function wrongClaims(tampering: Tampering): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  switch (tampering) {
    case 'wrong-nonce':
      return { nonce: 'of-another-sign-in' }
    case 'wrong-aud':
      return { aud: 'another-client' }
    case 'wrong-iss':
      return { iss: 'http://issuer.invalid' }
    case 'expired':
      return { iat: now - 7200, exp: now - 3600 }
    default:
      return {}
  }
}
