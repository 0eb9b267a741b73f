import t from 'tap'
import type { Policy } from '../../../db/policies.ts'
import { reconcile } from '../../../src/policies/reconcile.ts'

const told = (active: string, ...names: string[]) => ({
  active,
  policies: names.map((name) => ({ name, version: '1', kind: 'learning' })),
})

const stored = (name: string, row: Partial<Policy> = {}): Policy => ({
  ...{ name, version: '1', active: 0, enabled: 1, missing: 0 },
  ...{ decisions: 0, agreements: 0, updated_at: 0 },
  ...row,
})

t.test('at first contact its active policy is ours, and all others watch', async (t) => {
  t.same(reconcile([], told('b', 'a', 'b')), {
    added: [
      { name: 'b', version: '1', active: true, enabled: true },
      { name: 'a', version: '1', active: false, enabled: true },
    ],
    changed: [],
  })
})

t.test('an active policy that it does not list is known all the same', async (t) => {
  const { added } = reconcile([], told('b', 'a'))
  t.match(added, [{ name: 'b', version: null, active: true }, { name: 'a' }])
})

t.test('a newcomer waits until somebody enables it, even one that it calls active', async (t) => {
  const { added, changed } = reconcile([stored('a', { active: 1 })], told('c', 'a', 'b', 'c'))
  t.same(
    added.map(({ name, active, enabled }) => ({ name, active, enabled })),
    ['c', 'b'].map((name) => ({ name, active: false, enabled: false })),
  )
  t.same(changed, [])
})

t.test('what it forgets is missing, and no longer so when it is back', async (t) => {
  t.same(reconcile([stored('a'), stored('b')], told('a', 'a')).changed, [
    { name: 'b', version: '1', missing: true },
  ])
  t.same(reconcile([stored('a'), stored('b', { missing: 1 })], told('a', 'a')).changed, [])
  t.same(reconcile([stored('a'), stored('b', { missing: 1 })], told('a', 'a', 'b')).changed, [
    { name: 'b', version: '1', missing: false },
  ])
})

t.test('a new version is taken over', async (t) => {
  const { changed } = reconcile([stored('a', { version: '0' })], told('a', 'a'))
  t.same(changed, [{ name: 'a', version: '1', missing: false }])
})
