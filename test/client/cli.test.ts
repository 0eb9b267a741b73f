import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { build, signInPerson } from '../helper.ts'

const BIN = fileURLToPath(new URL('../../client/bin/oo-admin.js', import.meta.url))

interface Run {
  code: number | null
  out: string
  err: string
}

/** A server, and a command line with a credentials file of its own. */
async function prepare(t: Test) {
  const world = await build(t)
  await world.app.listen({ port: 0, host: '127.0.0.1' })
  const url = `http://127.0.0.1:${(world.app.server.address() as AddressInfo).port}`
  const folder = await mkdtemp(join(tmpdir(), 'oo-admin-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const credentials = join(folder, 'deep', 'admin.json')

  const start = (words: string[], env: Record<string, string> = {}) =>
    spawn(process.execPath, [BIN, ...words], {
      env: { PATH: process.env.PATH ?? '', OO_ADMIN_CREDENTIALS: credentials, ...env },
    })
  async function admin(words: string[], input = '', env = {}): Promise<Run> {
    const child = start(words, env)
    child.stdin.end(input)
    const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
    return { code: await ended, out, err }
  }
  const login = () => admin(['login', url], `${world.config.ADMIN_TOKEN}\n`)
  return { world, url, credentials, admin, start, login }
}

t.test(
  'login keeps the credentials for the user alone; one session serves all commands',
  async (t) => {
    const { world, credentials, admin, login } = await prepare(t)
    t.match(await admin(['health']), { code: 3, err: /oo-admin login URL/ })
    const { code, out, err } = await login()
    t.equal(code, 0)
    t.match(out, 'Signed in')
    t.notMatch(out + err, world.config.ADMIN_TOKEN)
    t.equal((await stat(credentials)).mode & 0o777, 0o600)

    for (let i = 0; i < 3; i++) t.match(await admin(['policies']), { code: 0, err: '' })
    const sessions = () => world.app.db.selectFrom('sessions').selectAll().execute()
    t.equal((await sessions()).length, 1)

    t.match(await admin(['logout']), { code: 0 })
    t.equal((await sessions()).length, 0)
    await t.rejects(stat(credentials))
  },
)

t.test('a wrong token, no server and a file of before', async (t) => {
  const { admin, url, credentials, login } = await prepare(t)
  t.match(await admin(['login', url], 'wrong\n'), {
    code: 3,
    err: /token is not right[\s\S]*invalid_token/,
  })
  t.match(await admin(['login', 'http://127.0.0.1:9'], 'x\n'), {
    code: 4,
    err: /9 does not answer/,
  })
  t.match(await admin(['login', 'nowhere'], 'x\n'), { code: 2 })
  t.match(await admin(['login', 'localhost:3001'], 'x\n'), { code: 2, err: /no address/ })
  await login()
  await writeFile(credentials, '{"half', { mode: 0o644 })
  t.match(await admin(['health']), { code: 3 }, 'a broken file is none')
  await login()
  t.equal((await stat(credentials)).mode & 0o777, 0o600)
})

t.test('reports for people, JSON for programs, exit codes for both', async (t) => {
  const { world, admin, url } = await prepare(t)
  const env = { OO_ADMIN_URL: url, OO_ADMIN_TOKEN: world.config.ADMIN_TOKEN }
  const run = (...words: string[]) => admin(words, '', env)
  const evil = '\u001b[31mEve\u001b[0m\u0007'
  const { userId } = await signInPerson(world, { email: 'eve@example.com', name: evil })

  t.match(JSON.parse((await run('stats', '--days', '7', '--json')).out), { days: 7, newUsers: 1 })
  t.match(await run('stats'), { code: 0, out: /Act rate/ })
  t.match(JSON.parse((await run('users', 'eve', '--json')).out), [{ id: userId, name: evil }])
  const { out } = await run('users', 'eve')
  t.match(out, /Eve/)
  t.notOk(out.includes('\u001b') || out.includes('\u0007'), 'nobody writes on the terminal')
  t.match(await run('user', 'eve@example.com'), { code: 0, out: new RegExp(userId) })
  t.match(await run('features', userId), { code: 0, out: /done_7d/ })
  t.match(await run('audit', '--limit', '3', '--action', 'getStats'), { code: 0, out: /getStats/ })
  t.match(await run('health'), { code: 1, out: /mlServing +down/ }, 'nothing answers there')

  t.match(await run('decision', 'nothing'), { code: 1, err: /not_found/ })
  t.match(await run('stats', '--days', '1000'), { code: 1, err: /query\.days/ })
  t.match(await run('stats', '--days', 'many'), { code: 2, err: /whole number/ })
  t.match(await run('user'), { code: 2, err: /oo-admin user ID/ })
  t.match(await run('stats', '--dayz'), { code: 2, err: /--dayz/ })
  t.match(await run('dance'), { code: 2, err: /no command/ })
})

t.test('help for everything', async (t) => {
  const { admin } = await prepare(t)
  const { out, code } = await admin([])
  t.equal(code, 0)
  const commands = [
    ...out.matchAll(/^ {2}([a-z]+(?: (?:run|runs|cancel|toggle))?)(?: \S+)? {2,}\S/gm),
  ]
  t.ok(commands.length >= 15)
  for (const [, name = ''] of commands) {
    t.match(await admin([...name.split(' '), '--help']), { code: 0, out: `oo-admin ${name}` })
  }
})

t.test('a simulation to its end', async (t) => {
  const { world, admin, url } = await prepare(t)
  const env = { OO_ADMIN_URL: url, OO_ADMIN_TOKEN: world.config.ADMIN_TOKEN }
  const words = ['sim', 'run', '--policy', 'rules', '--users', '5', '--steps', '5', '--seed', '9']
  t.match(await admin(words, '', env), { code: 0, out: /succeeded[\s\S]*Mean reward/ })
  const { out } = await admin(['sim', 'runs', '--json'], '', env)
  t.match(JSON.parse(out), [{ params: { policy: 'rules', users: 5, steps: 5, seed: 9 } }])
})

t.test('events are followed until Ctrl-C', async (t) => {
  const { world, start, url } = await prepare(t)
  const before = await signInPerson(world)
  const child = start(['events', '--follow', '--json', '--type', 'signals.user.created'], {
    OO_ADMIN_URL: url,
    OO_ADMIN_TOKEN: world.config.ADMIN_TOKEN,
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const lines = child.stdout[Symbol.asyncIterator]()
  t.match(String((await lines.next()).value), before.userId)
  const { userId } = await signInPerson(world)
  t.match(String((await lines.next()).value), userId)
  child.kill('SIGINT')
  t.equal(await ended, 0)
})
