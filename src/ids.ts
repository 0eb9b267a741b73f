import { randomBytes, randomUUIDv7 } from 'node:crypto'

/** UUIDv7 (RFC 9562): sortable by creation time, so a primary key is also a page cursor. */
export const newId = (): string => randomUUIDv7()

/** 256 bits of randomness, base64url: for whatever must not be guessed. */
export const newSecret = (): string => randomBytes(32).toString('base64url')
