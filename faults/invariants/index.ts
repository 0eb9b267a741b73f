import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Ledger } from '../ledger.ts'
import type { Person } from '../people.ts'
import type { FaultWorld } from '../world.ts'
import { drained } from '../world.ts'
import { examineDatabase, readEventLog } from './database.ts'
import { examineRewards, examineStream } from './deliveries.ts'
import { askAround } from './http.ts'

const AUDIT_VERIFY = fileURLToPath(new URL('../../scripts/audit-verify.ts', import.meta.url))
const DRAIN_S = 60

/**
 * Everything that must hold after whatever happened: asked of the running server, then, once it has stopped, of its
 * database file, of ml/serving and of JetStream. Leaves the server stopped.
 *
 * @returns what does not hold.
 */
export async function examine(
  world: FaultWorld,
  ledger: Ledger,
  people: readonly Person[],
  admin: string,
): Promise<string[]> {
  const { services, nats, url } = world
  const path = services.databasePath
  const broken = [...world.deaths, ...ledger.strange.map((answer) => `a strange answer: ${answer}`)]
  if (!(await drained(url, DRAIN_S))) broken.push(`events wait for more than ${DRAIN_S} s`)
  broken.push(...(await askAround(url, ledger, people, admin)))
  if (!(await drained(url, DRAIN_S))) broken.push('new events wait')
  const code = await world.stop()
  if (code !== 0) broken.push(`the server ended with ${code}`)
  broken.push(...examineDatabase(path, ledger), ...verifyAudit(path))
  const events = readEventLog(path)
  broken.push(...examineRewards(services.ml, events, ledger))
  if (nats) broken.push(...(await examineStream(await nats.connect(), events)))
  return broken
}

/** `npm run audit:verify`. */
export function verifyAudit(path: string): string[] {
  const env = { PATH: process.env.PATH ?? '', DATABASE_PATH: path }
  const { status, stderr } = spawnSync(process.execPath, [AUDIT_VERIFY], { env, encoding: 'utf8' })
  return status === 0 ? [] : [`audit:verify: ${stderr.trim()}`]
}
