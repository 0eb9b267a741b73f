import { execFile } from 'node:child_process'
import { glob, readFile } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { promisify } from 'node:util'
import t from 'tap'

interface Manifest {
  allowScripts: Record<string, boolean>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

interface Locked {
  version?: string
  integrity?: string
  license?: string
  link?: boolean
  dev?: boolean
  hasInstallScript?: boolean
}

const json = async (path: string) => JSON.parse(await readFile(path, 'utf8'))
const manifest: Manifest = await json('package.json')
const client: Pick<Manifest, 'dependencies'> = await json('client/package.json')
const lock: { packages: Record<string, Locked> } = await json('package-lock.json')

/** What was fetched: folders of this repository and links to them are not. */
const fetched = Object.entries(lock.packages)
  .filter(([path, { link }]) => path.includes('node_modules/') && !link)
  .map(([path, locked]) => ({ name: path.split('node_modules/').at(-1) as string, ...locked }))

t.test('each dependency is pinned to one version', async (t) => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies }
  for (const [name, version] of Object.entries(all)) {
    t.match(version, /^(npm:[@\w/.-]+@)?\d+\.\d+\.\d+$|^file:\w/, name)
  }
})

t.test('the lock file knows what each package must hash to', async (t) => {
  t.ok(fetched.length > 100)
  for (const { name, integrity } of fetched) t.match(integrity, /^sha512-/, name)
})

t.test('no package runs a script at installation but the one that is allowed', async (t) => {
  const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name])
  t.same(allowed, ['node'], 'it fetches the Node that everything here runs on')
  for (const { name } of fetched.filter((one) => one.hasInstallScript)) {
    t.ok(name in manifest.allowScripts, `${name} has a script, and nobody decided about it`)
  }
})

/** Licences that ask for no more than a notice; MPL-2.0 asks it of changed files of its own. */
const PERMISSIVE =
  /^\(?(MIT|ISC|0BSD|Unlicense|BlueOak-1\.0\.0|Apache-2\.0|BSD-[23]-Clause|MPL-2\.0|CC0-1\.0|CC-BY-[34]\.0|Python-2\.0)\b/
/** Programs of their own that are installed along and never loaded. */
const EXCEPTIONS: Record<string, string> = {
  sentry: 'FSL-1.1-Apache-2.0: a command-line tool beside @sentry/node, never loaded',
}

t.test('what is shipped has a permissive licence', async (t) => {
  for (const { name, license = '', dev } of fetched) {
    if (dev || name in EXCEPTIONS) continue
    t.ok(PERMISSIVE.test(license) || license.includes(' OR MIT'), `${name}: ${license}`)
  }
})

/** The module that an import names, when it is no file of ours. */
const IMPORT = /^(?:import|export)\s[\w$*{},\s]*?from '([^'.][^']*)'|\bimport\('([^'.][^']*)'\)/gm

t.test('nothing is imported that is not a dependency', async (t) => {
  const used = new Set<string>()
  for await (const file of glob('{src,plugins,routes,schemas,db,sim}/**/*.ts')) {
    const text = await readFile(file, 'utf8')
    for (const [, fixed, dynamic] of text.matchAll(IMPORT)) {
      const name = fixed ?? dynamic ?? ''
      used.add(
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      )
    }
  }
  for (const name of used) {
    if (name.startsWith('node:')) continue
    t.notOk(builtinModules.includes(name), `${name} is written node:${name}`)
    t.ok(name in { ...manifest.dependencies, ...client.dependencies }, `${name} is imported`)
  }
})

/** What `npm audit` found, or undefined where the registry has no advisories to give. */
async function advisories(): Promise<Record<string, { severity: string }> | undefined> {
  const args = ['audit', '--omit=dev', '--json', '--fetch-retries=0', '--fetch-timeout=15000']
  const { stdout } = await promisify(execFile)('npm', args, { timeout: 60_000 }).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  )
  try {
    return JSON.parse(stdout).vulnerabilities
  } catch {
    return undefined
  }
}

const found = await advisories()
const skip = found ? false : 'the registry in use answers no audit'

t.test('no known vulnerability is shipped', { skip }, async (t) => {
  const list = Object.entries(found ?? {}).map(([name, { severity }]) => `${name}: ${severity}`)
  t.same(list, [])
})
