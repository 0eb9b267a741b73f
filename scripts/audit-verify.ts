/**
 * Walks the audit chain of `DATABASE_PATH`, read-only. Exit status 0: intact. 1: it names the first entry that does not
 * fit, or says why it could not look.
 */
import { openReadOnly } from '../db/open-read-only.ts'
import { verifyChain } from '../src/audit/chain.ts'
import { ConfigSchema } from '../src/config.ts'

async function main(path: string): Promise<number> {
  const db = openReadOnly(path)
  try {
    const { entries, head, broken } = await verifyChain(db)
    if (broken) {
      console.error(`chain broken at entry ${broken.seq}: ${broken.reason}`)
      console.error(`${entries} entries before it are intact`)
      return 1
    }
    console.log(`${entries} entries, chain intact, head ${head}`)
    return 0
  } finally {
    await db.destroy()
  }
}

const path = process.env.DATABASE_PATH?.trim() || ConfigSchema.properties.DATABASE_PATH.default
process.exitCode = await main(path).catch((error: Error) => {
  console.error(`cannot verify the audit log: ${error.message}`)
  return 1
})
