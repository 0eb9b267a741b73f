import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLIENT = join(ROOT, 'client')

/** What npm would fetch besides. */
const DEPENDENCIES = ['openapi-fetch', 'openapi-typescript-helpers']

const SCRIPT = `
import { createAdminClient, NoAnswerError, take } from 'oo-admin'
const client = createAdminClient({ baseUrl: 'http://127.0.0.1:9' })
const error = await take(client.users({ q: 'ada' }), 1).catch((error) => error)
console.log(error instanceof NoAnswerError)
`

const TYPED = `
import { type AdminClient, createAdminClient, ProblemError, type Schemas } from 'oo-admin'
const client: AdminClient = createAdminClient({ baseUrl: 'http://localhost:3001', token: 't' })
export async function names(): Promise<(string | null)[]> {
  const found: (string | null)[] = []
  for await (const user of client.users({ q: 'ada' })) found.push(user.name)
  // @ts-expect-error no such parameter
  client.users({ who: 'ada' })
  return found
}
export const tips = async (): Promise<Schemas['Stats']['tipsServed']> => (await client.stats()).tipsServed
export const codeOf = (error: unknown) => (error instanceof ProblemError ? error.code : undefined)
`

t.test('packed, and installed in a project of somebody else’s, it works', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'oo-admin-package-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const installed = join(folder, 'node_modules/oo-admin')
  await mkdir(installed, { recursive: true })
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const { stdout } = await run('npm', pack, { cwd: CLIENT })
  const [{ filename, files }] = JSON.parse(stdout)
  await run('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed])
  for (const name of DEPENDENCIES) {
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
  }

  t.same([...new Set(files.map(({ path }: { path: string }) => path.split('/')[0]))].sort(), [
    ...['README.md', 'bin', 'cli', 'lib', 'package.json', 'schema.d.ts', 'types'],
  ])
  const sources = await readdir(join(CLIENT, 'cli'), { recursive: true, withFileTypes: true })
  t.equal(
    files.filter(({ path }: { path: string }) => path.startsWith('cli/')).length,
    sources.filter((entry) => entry.isFile()).length,
  )

  // Without what tap has every process load, which TypeScript does not survive.
  const node = (args: string[]) =>
    run('env', ['-u', 'NODE_OPTIONS', process.execPath, ...args], { cwd: folder })
  t.match((await node([join(installed, 'bin/oo-admin.js'), '--help'])).stdout, 'oo-admin login')
  await writeFile(join(folder, 'script.mjs'), SCRIPT)
  t.equal((await node(['script.mjs'])).stdout, 'true\n')

  await writeFile(join(folder, 'typed.mts'), TYPED)
  const tsc = [join(ROOT, 'node_modules/.bin/tsc'), '--strict', '--noEmit', '--module', 'nodenext']
  const options = ['--target', 'esnext', '--types', '', 'typed.mts']
  await t.resolves(node([...tsc, ...options]), 'and its types are found')
})
