import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const DOCUMENT = file('openapi.json')
// They belong to a package of their own, which has the TypeScript that they want.
const require = createRequire(file('client/generators/package.json'))

/** The program of a package, as its package.json names it. */
async function programOf(name: string, program: string): Promise<string> {
  const folders = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name))
  const folder = folders.find((path) => existsSync(join(path, 'package.json')))
  if (folder === undefined) throw new Error(`${name} is not installed`)
  const { bin } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  return join(folder, bin[program] ?? bin)
}

async function generate(t: Test, program: string, args: (folder: string) => string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'oo-generators-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const child = spawn(process.execPath, [program, ...args(folder)], { cwd: folder })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  const said = `${out}\n${err}`
  t.equal(await ended, 0, said)
  t.notMatch(said, /\berror\b/i, 'without an error')
  const files = await readdir(folder, { recursive: true })
  const sources = files.filter((name) => name.endsWith('.ts'))
  return (await Promise.all(sources.map((name) => readFile(join(folder, name), 'utf8')))).join('\n')
}

t.test('@hey-api/openapi-ts makes a client of the document', async (t) => {
  const program = await programOf('@hey-api/openapi-ts', 'openapi-ts')
  const made = await generate(t, program, (folder) => ['-i', DOCUMENT, '-o', join(folder, 'made')])
  t.match(made, /export const runSimulation\b/)
  t.match(made, /export type SimulationRun\b/)
})

t.test('orval makes a client of the document', async (t) => {
  const program = await programOf('orval', 'orval')
  const made = await generate(t, program, (folder) => [
    '--input',
    DOCUMENT,
    '--output',
    join(folder, 'made.ts'),
  ])
  t.match(made, /runSimulation\b/)
  t.match(made, /export interface SimulationRun\b/)
})
