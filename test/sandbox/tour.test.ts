import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const script = (name: string) => fileURLToPath(new URL(`../../sandbox/${name}.ts`, import.meta.url))

function run(name: string) {
  const child = spawn(process.execPath, [script(name)])
  const state = { child, output: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      state.output += chunk
    })
  }
  return state
}

t.test('the tour holds in every step, in under a minute', async (t) => {
  const started = Date.now()
  const tour = run('tour')
  const [code] = await once(tour.child, 'close')
  t.equal(code, 0, tour.output)
  t.notMatch(tour.output, '✗')
  t.ok(tour.output.split('\n').filter((line) => line.startsWith('✓')).length > 20)
  t.match(tour.output, /Everything held, in [\d.]+ s\./)
  t.ok(Date.now() - started < 60_000)
})

t.test('the sandbox says what runs where, and Ctrl-C leaves nothing behind', async (t) => {
  const sandbox = run('main')
  t.teardown(() => sandbox.child.kill('SIGKILL'))
  while (!sandbox.output.includes('Ctrl-C')) await once(sandbox.child.stdout, 'data')
  for (const what of [
    'web app',
    'oo-api',
    'OpenID provider',
    'Todoist',
    'ml/serving',
    'push service',
  ]) {
    t.match(sandbox.output, what)
  }
  const [, webUrl = ''] = /Open +(\S+)/.exec(sandbox.output) ?? []
  t.equal((await fetch(webUrl)).status, 200)
  const [database = ''] = /\S+oo\.db/.exec(sandbox.output) ?? []
  t.ok(existsSync(database))
  sandbox.child.kill('SIGINT')
  const [code] = await once(sandbox.child, 'close')
  t.equal(code, 0)
  t.notOk(existsSync(database))
})
