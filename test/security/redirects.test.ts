import t from 'tap'
import { Problem } from '../../src/errors.ts'
import { checkReturnTo } from '../../src/oauth/return-to.ts'
import { codes, login, startSignInWorld } from '../sign-in-world.ts'

const WEB = 'https://oo.test'

const accepted = (returnTo: string): string | undefined => {
  try {
    return checkReturnTo(returnTo, WEB)
  } catch (error) {
    if (error instanceof Problem) return undefined
    throw error
  }
}

t.test('a path of the web app is kept', async (t) => {
  for (const path of ['/', '/tips', '/a/b?x=1&y=/z#part', '/@someone', '/%2f%2fe', '/a//b']) {
    t.equal(accepted(path), path)
  }
  t.equal(accepted('/ü?q=ä'), '/%C3%BC?q=%C3%A4')
})

t.test('whatever could lead elsewhere is refused', async (t) => {
  const elsewhere = [
    '',
    'tips',
    '//evil.test',
    '///evil.test',
    '/\\evil.test',
    '\\\\evil.test',
    '/\t/evil.test',
    '/\n/evil.test',
    '/\r\nLocation: x',
    '/\u0000',
    '/\u0085',
    'https://evil.test',
    'https:/evil.test',
    'javascript:alert(1)',
    ' /tips',
    '.evil.test',
    '@evil.test',
    ':443@evil.test',
    '/.//evil.test',
    '/a/..//evil.test',
    '/./\\evil.test',
    '/%09\\evil.test',
    'data:text/html,x',
  ]
  for (const path of elsewhere) t.equal(accepted(path), undefined, JSON.stringify(path))
})

t.test('property: an accepted path, as a browser resolves it, stays on the web app', async (t) => {
  const alphabet = [
    '/',
    '\\',
    '.',
    '@',
    ':',
    '%',
    '2',
    'f',
    '5',
    'c',
    '?',
    '#',
    '\t',
    '\n',
    'e',
    ' ',
    '\u00a0',
    '；',
    '。',
  ]
  let seed = 20261122
  const next = (n: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed % n
  }
  let kept = 0
  for (let round = 0; round < 20_000; round += 1) {
    let path = next(4) === 0 ? '' : '/'
    for (let i = next(9); i >= 0; i -= 1) path += alphabet[next(alphabet.length)]
    const result = accepted(path)
    if (result === undefined) continue
    kept += 1
    for (const base of [WEB + result, new URL(result, WEB).href]) {
      if (new URL(base).origin !== WEB) t.fail(`${JSON.stringify(path)} → ${base}`)
    }
  }
  t.ok(kept > 1_000, `${kept} of 20,000 were accepted, none led elsewhere`)
})

t.test('returnTo is a path of the web app and nothing else', async (t) => {
  const world = await startSignInWorld(t)
  const refuse = [
    '//e',
    '/\\e',
    'https://e',
    'javascript:alert(1)',
    'e',
    '',
    '/\te',
    '/\r\ne',
    '/.//e',
  ]
  for (const returnTo of refuse) {
    const answer = await world.app.inject({
      method: 'POST',
      url: '/api/auth/login',
      payload: { returnTo },
    })
    t.same(codes(answer), [400, 'return_to_refused'], JSON.stringify(returnTo))
  }
  for (const returnTo of ['/', '/a/b?c=d#e', '/@user', '/a//b']) {
    t.equal((await login(world, { returnTo })).status, 200, returnTo)
  }
})
