import { hash } from 'node:crypto'

/** A stream of pseudo-random numbers: the same seed gives the same stream, on every machine. */
export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number
  /** Standard normal. */
  normal(): number
  /** Uniform whole number in [0, count). */
  below(count: number): number
}

/** Seeds of different text give independent streams: name the stream in the seed (`"7:policy"`). */
export function createRandom(seed: string): Random {
  // SHA-256 spreads seeds that differ in one character over all of the state.
  const digest = Buffer.from(hash('sha256', seed, 'hex'), 'hex')
  const next = sfc32(
    digest.readInt32LE(0),
    digest.readInt32LE(4),
    digest.readInt32LE(8),
    digest.readInt32LE(12),
  )
  return {
    next,
    normal: normalFrom(next),
    below: (count) => Math.floor(next() * count),
  }
}

/** Chris Doty-Humphrey's sfc32 (PractRand): small, fast, passes the usual statistical batteries. */
function sfc32(a: number, b: number, c: number, counter: number): () => number {
  return () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 2 ** 32
  }
}

/** Marsaglia's polar method, which makes two normals at a time: the second waits for the next call. */
function normalFrom(next: () => number): () => number {
  let spare: number | undefined
  return () => {
    if (spare !== undefined) {
      const kept = spare
      spare = undefined
      return kept
    }
    for (;;) {
      const u = 2 * next() - 1
      const v = 2 * next() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * Math.log(s)) / s)
        spare = v * scale
        return u * scale
      }
    }
  }
}
