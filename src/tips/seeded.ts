import { hash } from 'node:crypto'

/**
 * A number that looks random and belongs to a decision: the same decision and purpose give the same number, so what was
 * drawn can be drawn again from the log.
 *
 * @returns uniform in [0, 1), 32 bits.
 */
export function seededUnit(seed: string, purpose: string): number {
  return hash('sha256', `${purpose}:${seed}`, 'buffer').readUInt32LE(0) / 2 ** 32
}

/** One of the options, each as likely as the others; undefined when there is none. */
export const seededPick = <T>(options: readonly T[], seed: string, purpose: string) =>
  options[Math.floor(seededUnit(seed, purpose) * options.length)]
