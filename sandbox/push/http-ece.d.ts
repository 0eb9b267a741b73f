declare module 'http_ece' {
  import type { ECDH } from 'node:crypto'

  /** Decrypts one message of encrypted content coding (RFC 8188); throws on anything that is not one. */
  export function decrypt(
    message: Buffer,
    parameters: { version: 'aes128gcm'; privateKey: ECDH; authSecret: string },
  ): Buffer
}
