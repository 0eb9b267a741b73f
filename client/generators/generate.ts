import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

/**
 * Writes the client's types: `schema.d.ts` from `openapi.json`, and `types/` from the client's own source. With
 * `--check` only tells whether they are up to date.
 */
const CLIENT = fileURLToPath(new URL('..', import.meta.url))
const TSC = fileURLToPath(new URL('../../node_modules/.bin/tsc', import.meta.url))
const HEADER = '// Generated from openapi.json by `npm run generate`: do not edit.\n\n'
const FILE = join(CLIENT, 'schema.d.ts')
const TYPES = join(CLIENT, 'types')

const document = new URL('../../openapi.json', import.meta.url)
const schema = HEADER + astToString(await openapiTS(document, { alphabetize: true }))

if (process.argv.includes('--check')) check()
else write()

function write(): void {
  writeFileSync(FILE, schema)
  rmSync(TYPES, { recursive: true, force: true })
  emitTypes(TYPES)
}

function check(): void {
  const fresh = mkdtempSync(join(tmpdir(), 'oo-admin-types-'))
  try {
    emitTypes(fresh)
    if (readFileSync(FILE, 'utf8') === schema && sameFiles(fresh, TYPES)) return
    console.error('the types of client/ are out of date: run `npm run generate`')
    process.exitCode = 1
  } finally {
    rmSync(fresh, { recursive: true })
  }
}

function emitTypes(outDir: string): void {
  const args = ['-p', join(CLIENT, 'tsconfig.types.json'), '--outDir', outDir]
  execFileSync(process.execPath, [TSC, ...args], { stdio: 'inherit' })
}

function sameFiles(one: string, other: string): boolean {
  const contents = (folder: string) =>
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')])
  return JSON.stringify(contents(one)) === JSON.stringify(contents(other))
}
