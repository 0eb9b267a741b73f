import { glob, readFile } from 'node:fs/promises'
import t from 'tap'
import { catalogue } from '../../src/errors.ts'
import { build, signInPerson } from '../helper.ts'
import { operationsOf, urlOf } from '../openapi.ts'

t.test('every operation is documented in full', async (t) => {
  const { app } = await build(t)
  const ids = new Set<string>()
  for (const { path, method, operationId, summary, tags, security, responses } of operationsOf(
    app,
  )) {
    const what = `${method} ${path}`
    t.ok(operationId, `${what}: operationId`)
    t.notOk(ids.has(operationId ?? ''), `${what}: ${operationId} is its own`)
    ids.add(operationId ?? '')
    t.ok(summary, `${what}: summary`)
    t.equal(tags?.length, 1, `${what}: one tag`)
    t.ok(security, `${what}: security scheme, or that there is none`)
    t.ok(
      Object.keys(responses).some((status) => /^[23]/.test(status)),
      `${what}: success`,
    )
  }
})

t.test(
  'what is for someone asks who calls: signed out 401, an ordinary person 403 on admin routes',
  async (t) => {
    const world = await build(t)
    const { app } = world
    const { cookie } = await signInPerson(world)
    let guarded = 0
    for (const operation of operationsOf(app)) {
      const { path, method, security, tags } = operation
      if (!security?.some((scheme) => 'session' in scheme)) continue
      guarded += 1
      const request = { method, url: urlOf(operation) }
      const what = `${method} ${path}`
      const signedOut = await app.inject(request)
      t.same([signedOut.statusCode, signedOut.json().code], [401, 'unauthenticated'], what)
      if (!tags?.includes('admin')) continue
      const person = await app.inject({ ...request, headers: { cookie } })
      t.same([person.statusCode, person.json().code], [403, 'forbidden'], what)
    }
    t.ok(guarded > 2)
  },
)

t.test(
  'every route below /api declares who may call it and what budget it draws from',
  async (t) => {
    const { app } = await build(t)
    const api = operationsOf(app).filter(({ path }) => path.startsWith('/api/'))
    for (const operation of api) {
      if (operation.operationId === 'getOpenApi') continue
      const what = `${operation.method} ${operation.path}`
      t.match(operation['x-access'], /^(open|user|admin)$/, `${what}: access`)
      t.match(operation['x-rate-limit'], /^(auth|user)$/, `${what}: budget`)
    }
  },
)

t.test('each code of the catalogue is produced by a test', async (t) => {
  let tests = ''
  for await (const file of glob('test/**/*.test.ts')) tests += await readFile(file, 'utf8')
  for (const code of Object.keys(catalogue)) {
    t.ok(new RegExp(`['"]${code}['"]`).test(tests), code)
  }
})
