import type { Random } from '../../sim/random.ts'

const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => random.below(16).toString(16)).join('')

/** A UUIDv7 (RFC 9562, section 5.7) as it would have been made at that time. */
export function pastId(random: Random, at: number): string {
  const time = at.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(random, 3)}-${'89ab'[random.below(4)]}${hex(random, 3)}-${hex(random, 12)}`
}

export const pastTraceId = (random: Random): string => hex(random, 32)
