import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { inBatches } from '../../src/batches.ts'

t.test('what comes while a batch is written goes together, in order', async (t) => {
  const batches: number[][] = []
  const push = inBatches<number>(async (batch) => {
    batches.push(batch)
    await sleep(20)
  })
  push(1)
  push(2)
  while (batches.length < 1) await sleep(1)
  for (const item of [3, 4, 5]) push(item)
  while (batches.length < 2) await sleep(1)
  t.same(batches, [
    [1, 2],
    [3, 4, 5],
  ])
  await sleep(50)
  push(6)
  while (batches.length < 3) await sleep(1)
  t.same(batches[2], [6], 'and it goes on after a rest')
})

t.test('a batch has its limit', async (t) => {
  const batches: number[][] = []
  const push = inBatches<number>(async (batch) => void batches.push(batch), { most: 2 })
  for (const item of [1, 2, 3, 4, 5]) push(item)
  while (batches.length < 3) await sleep(1)
  t.same(batches, [[1, 2], [3, 4], [5]])
})
