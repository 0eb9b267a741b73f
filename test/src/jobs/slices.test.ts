import t from 'tap'
import { inSlices, SLICE_MS } from '../../../src/jobs/slices.ts'

const never = new AbortController().signal
const noTransaction = (work: () => Promise<number>) => work()

/** Keeps the thread busy. */
function work(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until) {}
}

t.test('a slice holds as many rows as fit into its time', async (t) => {
  const sizes: number[] = []
  let left = 2_000
  await inSlices(
    noTransaction,
    async (limit) => {
      const done = Math.min(limit, left)
      left -= done
      sizes.push(done)
      work(done * (SLICE_MS / 100))
      return done
    },
    never,
  )
  t.equal(left, 0)
  t.ok(Math.max(...sizes) <= 100, `at most ${Math.max(...sizes)} rows where 100 fit`)
  t.ok(Math.max(...sizes) >= 20, 'it begins small and grows')
})

t.test('rows that have become larger make slices smaller', async (t) => {
  const sizes: number[] = []
  await inSlices(
    noTransaction,
    async (limit) => {
      sizes.push(limit)
      work(limit * (SLICE_MS / (sizes.length < 12 ? 2_000 : 20)))
      return sizes.length < 16 ? limit : 0
    },
    never,
  )
  t.ok(Math.max(...sizes) >= 100, `${Math.max(...sizes)} small rows`)
  t.ok((sizes.at(-1) ?? 0) <= 20, `${sizes.at(-1)} large ones`)
})

t.test('others get half of the time', async (t) => {
  let slices = 0
  const begunAt = performance.now()
  await inSlices(
    noTransaction,
    async (limit) => {
      work(SLICE_MS)
      slices += 1
      return slices < 10 ? limit : 0
    },
    never,
  )
  const took = performance.now() - begunAt
  t.ok(took >= 19 * SLICE_MS * 0.9, `${Math.round(took)} ms for ${10 * SLICE_MS} ms of work`)
})

t.test('it ends when the server does', async (t) => {
  const closing = new AbortController()
  let slices = 0
  const total = await inSlices(
    noTransaction,
    async () => {
      slices += 1
      if (slices === 3) closing.abort()
      return 10_000
    },
    closing.signal,
  )
  t.equal(slices, 3)
  t.equal(total, 30_000)
})
