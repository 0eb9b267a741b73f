import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { call } from '../caller.ts'
import {
  type DiskFault,
  fileSizeLimit,
  foreignLock,
  fullDisk,
  mountSmallDisk,
  readOnlyFiles,
} from '../disk-faults.ts'
import { watchHealth } from '../health.ts'
import { examineDatabase } from '../invariants/database.ts'
import { askAround } from '../invariants/http.ts'
import { examine } from '../invariants/index.ts'
import { emptyLedger, type Ledger, lastingPart } from '../ledger.ts'
import { startLoad } from '../load.ts'
import { adminCookie, type Person, settle, signIn } from '../people.ts'
import { type Extent, type Notes, type Scenario, takeNotes } from '../report.ts'
import { eventually, type FaultWorld, startFaultWorld } from '../world.ts'
import { countLedger } from './crash.ts'

const FAULT_MS = { short: 2_000, long: 60_000 }
const RECOVERS_WITHIN_S = 10

/** The disk full, the file not writable, the database locked, under load; then a backup, restored. */
export const disk: Scenario = {
  name: 'disk',
  async run({ short }: Extent) {
    const notes = takeNotes('disk')
    const small = mountSmallDisk()
    const env = small ? { DATABASE_PATH: join(small.folder, 'oo.db') } : {}
    const world = await startFaultWorld(env)
    const path = world.services.databasePath
    const faults = [
      ...(small ? [fullDisk(path), readOnlyFiles(path)] : []),
      fileSizeLimit(() => world.api().child.pid as number),
      foreignLock(path),
    ]
    try {
      const people = [await settle(world, 'ada'), await settle(world, 'grace')]
      const admin = await adminCookie(world)
      const ledger = emptyLedger()
      const load = startLoad({ world, people, admin, ledger, tolerated: [503], pauseMs: 20 })
      for (const fault of faults) {
        await sleep(short ? 500 : 1_000)
        await suffer(world, notes, fault, short ? FAULT_MS.short : FAULT_MS.long)
      }
      const file = join(path, '..', 'backup.db')
      const known = await backUp(notes, path, file, ledger)
      await load.stop()
      notes.add(await examine(world, ledger, people, admin))
      notes.add(await examineRestored(world, file, known))
      countLedger(notes, ledger)
    } finally {
      await world.close()
      small?.close()
    }
    return notes.report()
  },
}

/** Lets a fault happen: what cannot be written is answered so, and all is well again when it is over. */
async function suffer(
  world: FaultWorld,
  notes: Notes,
  fault: DiskFault,
  lastsMs: number,
): Promise<void> {
  await fault.begin()
  const health = watchHealth(world.url, notes, fault.name)
  notes.count('faults')
  try {
    await sleep(lastsMs / 2)
    await expectRefusal(world, notes, fault.name)
    await sleep(lastsMs / 2)
  } finally {
    fault.end()
  }
  const recovered = await eventually(
    RECOVERS_WITHIN_S,
    async () => (await tryToWrite(world)).status === 200,
  )
  notes.hold(recovered, `${fault.name}: writes do not work again after ${RECOVERS_WITHIN_S} s`)
  await health.stop()
}

const tryToWrite = ({ url, services }: FaultWorld) =>
  call(url, 'POST', '/api/auth/token', { body: { token: services.adminToken } })

/** The last bytes of a full disk go slowly: until the first refusal writes may still succeed. */
async function expectRefusal(world: FaultWorld, notes: Notes, name: string): Promise<void> {
  const refused = await eventually(5, async () => {
    const { status, body, headers } = await tryToWrite(world)
    if (status === 200) return false
    const { code } = body as { code?: string }
    const type = headers.get('content-type') ?? ''
    const said = `${status} ${code}, retry-after ${headers.get('retry-after')}, ${type}`
    notes.hold(
      /^503 storage_unavailable, retry-after \d+, application\/problem\+json/.test(said),
      `${name}: a write is answered ${said}`,
    )
    return true
  })
  notes.hold(refused, `${name}: writes are acknowledged all the same`)
}

/** Makes a backup under load. @returns what had been acknowledged before it began. */
async function backUp(notes: Notes, path: string, file: string, ledger: Ledger): Promise<Ledger> {
  const known = lastingPart(ledger)
  const code = await script('backup', path, file)
  notes.hold(code === 0, `the backup under load ends with ${code}`)
  notes.count('backups')
  return known
}

async function script(name: 'backup' | 'restore', path: string, file: string) {
  const program = fileURLToPath(new URL(`../../scripts/${name}.ts`, import.meta.url))
  const env = { PATH: process.env.PATH ?? '', DATABASE_PATH: path }
  const child = spawn(process.execPath, [program, file], { env, stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code
}

/** Restores the backup and looks at it with the same eyes. */
async function examineRestored(world: FaultWorld, file: string, known: Ledger): Promise<string[]> {
  const path = world.services.databasePath
  const code = await script('restore', path, file)
  if (code !== 0) return [`restoring ends with ${code}`]
  await world.start()
  const refused = await script('restore', path, file)
  const people: Person[] = [await signIn(world, 'ada'), await signIn(world, 'grace')]
  const broken = await askAround(world.url, known, people, await adminCookie(world))
  await world.stop()
  return [
    ...(refused === 1 ? [] : ['a backup is restored under a running server']),
    ...[...broken, ...examineDatabase(path, known)].map((what) => `restored: ${what}`),
  ]
}
