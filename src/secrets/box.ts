import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto'

/** Encrypts what must not stand in the database in the clear. */
export interface SecretBox {
  /** @param boundTo what the secret belongs to (`user:provider`); it opens for that alone. */
  seal(plain: string, boundTo: string): string
  /** @throws when the text was changed, moved to another owner, or sealed with a key that is no longer listed. */
  open(sealed: string, boundTo: string): string
  /** Whether the text was sealed with the key that seals now. */
  isCurrent(sealed: string): boolean
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * AES-256-GCM (NIST SP 800-38D) with the owner as associated data. A sealed text is `keyId.base64url(nonce|tag|data)`.
 *
 * @param secrets at least one, of 32 characters or more; the first seals, all open, so a key is rotated by putting
 *   the new one in front.
 */
export function createSecretBox(secrets: readonly string[]): SecretBox {
  const keys = new Map(secrets.map((secret) => keyEntry(secret)))
  const [currentId, currentKey] = keys.entries().next().value as [string, Buffer]

  return {
    seal(plain, boundTo) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', currentKey, nonce)
      cipher.setAAD(Buffer.from(boundTo))
      const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      const packed = Buffer.concat([nonce, cipher.getAuthTag(), data])
      return `${currentId}.${packed.toString('base64url')}`
    },

    open(sealed, boundTo) {
      const dot = sealed.indexOf('.')
      const key = keys.get(sealed.slice(0, dot))
      if (!key) throw new Error('A secret was sealed with a key that is not listed any more')
      const packed = Buffer.from(sealed.slice(dot + 1), 'base64url')
      const decipher = createDecipheriv('aes-256-gcm', key, packed.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(boundTo))
      decipher.setAuthTag(packed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      const data = decipher.update(packed.subarray(NONCE_BYTES + TAG_BYTES))
      return Buffer.concat([data, decipher.final()]).toString('utf8')
    },

    isCurrent: (sealed) => sealed.startsWith(`${currentId}.`),
  }
}

/** The id names the key without telling anything about it, so that rotation needs no numbering by hand. */
function keyEntry(secret: string): [id: string, key: Buffer] {
  const key = Buffer.from(hkdfSync('sha256', secret, 'oo-api', 'secrets at rest', 32))
  return [hash('sha256', key, 'hex').slice(0, 8), key]
}
