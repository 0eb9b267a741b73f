import type { Database } from '../../db/open.ts'
import type { Clock } from '../clock.ts'
import type { Transact } from '../events/transact.ts'
import type { Log } from '../log.ts'
import type { Revocations } from '../revocations/index.ts'
import type { SecretBox } from '../secrets/box.ts'
import type { Provider } from './provider.ts'

/** What the integrations need of the house. */
export interface IntegrationDeps {
  db: Database
  transact: Transact
  clock: Clock
  secretBox: SecretBox
  revocations: Revocations
  log: Log
  /** By name. */
  providers: ReadonlyMap<string, Provider>
  /** Between two syncs of one user, in milliseconds. */
  syncIntervalMs: number
}
