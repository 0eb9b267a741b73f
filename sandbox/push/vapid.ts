import { type CryptoKey, importJWK, jwtVerify } from 'jose'

const DAY_SECONDS = 24 * 60 * 60
/** Length of an uncompressed P-256 point: one byte of form, then x and y. */
const POINT_BYTES = 65

/** Why a push is not let in: 401 when the sender does not say who it is, 403 when it says so wrongly. */
export class VapidError extends Error {
  readonly status: 401 | 403
  constructor(status: 401 | 403, message: string) {
    super(message)
    this.status = status
  }
}

/**
 * Checks who sends a push (RFC 8292).
 *
 * @param authorization the header, `vapid t=<JWT>, k=<public key>`
 * @param audience the push service's origin
 * @param boundKey the key to which the subscription is restricted (section 4), base64url
 * @throws {@link VapidError}
 */
export async function verifyVapid(
  authorization: string | undefined,
  audience: string,
  boundKey: string | undefined,
): Promise<void> {
  if (!authorization) throw new VapidError(401, 'Authorization is missing')
  const { t: token, k: key } = parameters(authorization)
  if (!token || !key) throw new VapidError(401, 'Authorization is not "vapid t=…, k=…"')
  if (boundKey && !samePoint(key, boundKey)) {
    throw new VapidError(403, 'k is not the application server key of the subscription')
  }
  const publicKey = await importPoint(key)
  const { payload } = await jwtVerify(token, publicKey, {
    algorithms: ['ES256'],
    audience,
    requiredClaims: ['aud', 'exp', 'sub'],
  }).catch((cause: Error) => {
    throw new VapidError(403, `the VAPID token does not hold: ${cause.message}`)
  })
  if ((payload.exp ?? 0) > Date.now() / 1000 + DAY_SECONDS) {
    throw new VapidError(403, 'exp of the VAPID token is more than 24 hours away')
  }
  if (!/^(mailto:|https:)./.test(payload.sub ?? '')) {
    throw new VapidError(403, 'sub of the VAPID token is neither a mailto: nor an https: URI')
  }
}

function parameters(authorization: string): Record<string, string> {
  const [, list = ''] = /^vapid\s+(.*)$/i.exec(authorization) ?? []
  return Object.fromEntries(
    list.split(/\s*,\s*/).map((part) => {
      const [, name = '', value = ''] = /^(\w+)="?([\w.-]+)"?$/.exec(part) ?? []
      return [name, value]
    }),
  )
}

function samePoint(one: string, other: string): boolean {
  return Buffer.from(one, 'base64url').equals(Buffer.from(other, 'base64url'))
}

/** A public key as VAPID gives it: an uncompressed P-256 point (RFC 8292, section 3.2). */
async function importPoint(key: string): Promise<CryptoKey | Uint8Array> {
  const point = Buffer.from(key, 'base64url')
  if (point.length !== POINT_BYTES || point[0] !== 4) {
    throw new VapidError(403, 'k is not an uncompressed P-256 point')
  }
  const x = point.subarray(1, 33).toString('base64url')
  const y = point.subarray(33).toString('base64url')
  return importJWK({ kty: 'EC', crv: 'P-256', x, y }, 'ES256').catch(() => {
    throw new VapidError(403, 'k is not a point of P-256')
  })
}
