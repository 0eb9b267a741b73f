import t from 'tap'
import { build } from '../helper.ts'

t.test('the console is files with a strict policy, and every page has an address', async (t) => {
  const { app } = await build(t)
  for (const path of ['', 'users', 'users/some-id', 'decisions/0']) {
    const page = await app.inject(`/admin/${path}`)
    t.equal(page.statusCode, 200, path)
    t.match(page.headers['content-type'], 'text/html')
    t.match(
      page.headers['content-security-policy'],
      /default-src 'none'; script-src 'self'; style-src 'self'/,
    )
    t.notMatch(page.headers['content-security-policy'], 'unsafe')
    t.notMatch(page.body, /<script(?![^>]* src=)|<style|\son\w+=|style="/, 'nothing inline')
  }
  t.match((await app.inject('/admin')).headers, { location: '/admin/' })
})

t.test('what the page imports is there, and nothing else is', async (t) => {
  const { app } = await build(t)
  const seen = new Set<string>()
  async function walk(url: string): Promise<void> {
    if (seen.has(url)) return
    seen.add(url)
    const file = await app.inject(url)
    t.equal(file.statusCode, 200, url)
    t.match(file.headers['content-type'], 'text/javascript')
    for (const [, from = ''] of file.body.matchAll(/^(?:import|export|\}) .*?from '([^']+)'/gm)) {
      await walk(new URL(from, `http://x${url}`).pathname)
    }
  }
  await walk('/admin/app.js')
  t.ok(seen.has('/admin/client/client.js') && seen.has('/admin/vendor/uplot.js'))
  for (const path of [
    'tsconfig.json',
    '../package.json',
    '%2e%2e/package.json',
    'client/../../.env',
    'nope.js',
  ]) {
    const answer = await app.inject(`/admin/${path}`)
    t.ok([400, 404].includes(answer.statusCode), `${path}: ${answer.statusCode}`)
  }
})

t.test('a file that has not changed is not sent again', async (t) => {
  const { app } = await build(t)
  const { etag } = (await app.inject('/admin/app.js')).headers
  const again = await app.inject({
    url: '/admin/app.js',
    headers: { 'if-none-match': String(etag) },
  })
  t.equal(again.statusCode, 304)
  t.equal(again.body, '')
})
