import t from 'tap'
import { createSecretBox } from '../../../src/secrets/box.ts'

const [OLD, NEW] = ['old-key-'.repeat(5), 'new-key-'.repeat(5)]

t.test('a secret comes back for its owner, and for nobody else', async (t) => {
  const box = createSecretBox([OLD])
  const sealed = box.seal('a token', 'user:todoist')
  t.equal(box.open(sealed, 'user:todoist'), 'a token')
  t.throws(() => box.open(sealed, 'other:todoist'))
  t.notMatch(sealed, 'token')
  t.not(box.seal('a token', 'user:todoist'), sealed, 'never the same twice')
})

t.test('a changed byte anywhere is noticed', async (t) => {
  const box = createSecretBox([OLD])
  const sealed = box.seal('a token', 'x')
  const [id, data] = sealed.split('.') as [string, string]
  const bytes = Buffer.from(data, 'base64url')
  for (let i = 0; i < bytes.length; i += 1) {
    const changed = Buffer.from(bytes)
    changed[i] = (changed[i] as number) ^ 1
    t.throws(() => box.open(`${id}.${changed.toString('base64url')}`, 'x'))
  }
  for (const broken of ['', '.', `${id}.`, data]) t.throws(() => box.open(broken, 'x'))
})

t.test('keys rotate: the first seals, all open, a removed one does not', async (t) => {
  const before = createSecretBox([OLD]).seal('a token', 'x')
  const both = createSecretBox([NEW, OLD])
  t.equal(both.open(before, 'x'), 'a token')
  t.notOk(both.isCurrent(before))
  const after = both.seal('a token', 'x')
  t.ok(both.isCurrent(after))
  t.equal(createSecretBox([NEW]).open(after, 'x'), 'a token')
  t.throws(() => createSecretBox([NEW]).open(before, 'x'), /not listed/)
})
