import { randomBytes, randomUUID } from 'node:crypto'

/** The newest id's milliseconds since the epoch, and its number within them. */
const newest = { at: 0, number: 0 }
const MAX_NUMBER = 0xfff

/**
 * UUIDv7 (RFC 9562): sortable by creation, so a primary key is also a page cursor. Each sorts after the one before, also
 * within a millisecond and after the clock was set back: time and a counter stand in front (section 6.2, method 1).
 */
export function newId(): string {
  const now = Date.now()
  if (now > newest.at) {
    newest.at = now
    newest.number = 0
  } else if (newest.number < MAX_NUMBER) {
    newest.number += 1
  } else {
    newest.at += 1
    newest.number = 0
  }
  const time = newest.at.toString(16).padStart(12, '0')
  const number = newest.number.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${number}-${randomUUID().slice(19)}`
}

const V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/

/** Makes the next ids sort after one that was made before this process began, whatever the clock says now. */
export function continueIdsAfter(id: string): void {
  const [, high = '', low = ''] = V7.exec(id) ?? []
  const at = Number.parseInt(high + low, 16)
  if (at >= newest.at) Object.assign(newest, { at, number: MAX_NUMBER })
}

/** 256 bits of randomness, base64url: for whatever must not be guessed. */
export const newSecret = (): string => randomBytes(32).toString('base64url')
