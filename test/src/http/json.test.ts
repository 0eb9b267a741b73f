import t from 'tap'
import { findDuplicateKey } from '../../../src/http/json.ts'

const find = (text: string) => findDuplicateKey(text, 'body')

t.test('a key given twice is named with its place', async (t) => {
  t.equal(find('{"a":1,"a":2}'), 'body.a')
  t.equal(find('{"a":{"b":1,"c":{},"b":2}}'), 'body.a.b')
  t.equal(find('[{"x":1},{"x":1,"x":2}]'), 'body.1.x')
  t.equal(find('{"list":[1,[2],{"k":[],"k":0}]}'), 'body.list.2.k')
  t.equal(find(String.raw`{"a":1,"\u0061":2}`), 'body.a')
})

t.test('the same key in different objects, or as a value, is fine', async (t) => {
  for (const text of [
    '{"a":{"a":{"a":"a"}}}',
    '[{"a":1},{"a":1}]',
    String.raw`{"a":"\"a\":1,","b":"}{"}`,
    '{"a":["a","a"],"b":"a"}',
    '{}',
    '"a"',
    '{"":1}',
  ]) {
    t.equal(find(text), undefined, text)
  }
})

t.test('broken text ends, whatever it is', async (t) => {
  for (const text of ['{"a', '"\\', '{"a":1,', '}}]]', '{"a":1,"a', '[[[['])
    t.doesNotThrow(() => find(text))
})
