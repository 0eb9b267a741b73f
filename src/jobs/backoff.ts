/**
 * How long to wait before the next try: exponential, half of it random, so that many who failed together do not come
 * back together.
 *
 * @param failures failures in a row so far, 1 or more.
 * @param baseMs wait after the first failure, in milliseconds.
 * @param capMs longest wait, in milliseconds.
 */
export function backoff(failures: number, baseMs: number, capMs: number): number {
  const wait = Math.min(capMs, baseMs * 2 ** (failures - 1))
  return Math.ceil(wait * (0.5 + Math.random() / 2))
}
