import { hash, timingSafeEqual } from 'node:crypto'

/** Compares digests, which have one length: neither content nor length of the secret shows in the time taken. */
export const isSameSecret = (given: string, expected: string): boolean =>
  timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'))
