/** `npm run restore -- FILE`: puts a backup in the place of `DATABASE_PATH`. Refused while a server runs on it. */
import { restoreDatabase } from '../db/backup.ts'
import { openJobLock } from '../db/job-lock.ts'
import { ConfigSchema } from '../src/config.ts'

async function main(file: string | undefined): Promise<void> {
  if (!file) throw new Error('give the backup to restore: npm run restore -- FILE')
  const path = process.env.DATABASE_PATH?.trim() || ConfigSchema.properties.DATABASE_PATH.default
  const lock = openJobLock(path)
  try {
    if (!lock.take()) throw new Error(`a server is running on ${path}: stop it first`)
    const kept = await restoreDatabase(file, path, Date.now())
    console.log(`${path} is restored from ${file}; everyone has to sign in again`)
    if (kept) console.log(`what was there is kept as ${kept}`)
  } finally {
    lock.release()
  }
}

await main(process.argv[2]).catch((error: Error) => {
  console.error(`nothing was restored: ${error.message}`)
  process.exitCode = 1
})
