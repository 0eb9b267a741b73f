import { readdir, readFile } from 'node:fs/promises'
import t from 'tap'
import { build, signInAsAdmin, signInPerson } from '../helper.ts'

t.test('every document is listed by its title and can be read', async (t) => {
  const world = await build(t)
  const headers = { cookie: await signInAsAdmin(world) }
  const { items } = (await world.app.inject({ url: '/api/admin/docs', headers })).json()
  const files = (await readdir('docs')).filter((file) => file.endsWith('.md')).sort()
  t.same(
    items.map(({ slug }: { slug: string }) => `${slug}.md`),
    files,
  )
  t.match(
    items.find(({ slug }: { slug: string }) => slug === 'simulations'),
    { title: 'Simulations' },
  )
  for (const { slug, title } of items) {
    const answer = await world.app.inject({ url: `/api/admin/docs/${slug}`, headers })
    t.same(answer.json(), { slug, title, markdown: await readFile(`docs/${slug}.md`, 'utf8') })
    t.match(answer.headers['content-type'], 'application/json')
  }
})

t.test('nothing but the documents can be read, however it is asked for', async (t) => {
  const world = await build(t)
  const headers = { cookie: await signInAsAdmin(world) }
  const slugs = [
    'none',
    'operating.md',
    '..%2Fpackage',
    '%2e%2e',
    '__proto__',
    'constructor',
    '.env',
  ]
  for (const slug of slugs) {
    const answer = await world.app.inject({ url: `/api/admin/docs/${slug}`, headers })
    t.ok([400, 404].includes(answer.statusCode), slug)
    t.notMatch(answer.body, 'markdown')
  }
})

t.test('the documents are for administrators', async (t) => {
  const world = await build(t)
  const { cookie } = await signInPerson(world)
  t.equal((await world.app.inject({ url: '/api/admin/docs', headers: { cookie } })).statusCode, 403)
})
