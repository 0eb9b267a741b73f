import type { Policy } from '../../db/policies.ts'
import type { PoliciesAnswer } from '../ml/wire.ts'

export interface PolicyChanges {
  added: { name: string; version: string | null; active: boolean; enabled: boolean }[]
  changed: { name: string; version: string | null; missing: boolean }[]
}

/**
 * What must change here after ml/serving said which policies it knows.
 *
 * At first contact its active policy is ours too, and all others watch as shadows. From then on this server decides: a
 * newcomer waits, disabled, until somebody enables it, and one that is gone is kept, marked as missing.
 */
export function reconcile(stored: readonly Policy[], told: PoliciesAnswer): PolicyChanges {
  const versions = new Map<string, string | null>([[told.active, null]])
  for (const { name, version } of told.policies) versions.set(name, version)
  const known = new Set(stored.map(({ name }) => name))
  const first = stored.length === 0

  const added = [...versions]
    .filter(([name]) => !known.has(name))
    .map(([name, version]) => {
      const active = first && name === told.active
      return { name, version, active, enabled: first }
    })
  const changed = stored
    .map(({ name, version }) => ({
      name,
      version: versions.get(name) ?? version,
      missing: !versions.has(name),
    }))
    .filter((now, i) => {
      const before = stored[i]
      return now.version !== before?.version || now.missing !== (before.missing === 1)
    })
  return { added, changed }
}
