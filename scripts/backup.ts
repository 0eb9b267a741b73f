/** `npm run backup -- FILE`: copies the database of `DATABASE_PATH` to a new file, beside a running server if need be. */
import { copyDatabase } from '../db/backup.ts'
import { ConfigSchema } from '../src/config.ts'

async function main(file: string | undefined): Promise<void> {
  if (!file) throw new Error('give the file to write: npm run backup -- FILE')
  const path = process.env.DATABASE_PATH?.trim() || ConfigSchema.properties.DATABASE_PATH.default
  await copyDatabase(path, file)
  console.log(`${path} is backed up to ${file}`)
}

await main(process.argv[2]).catch((error: Error) => {
  console.error(`no backup was made: ${error.message}`)
  process.exitCode = 1
})
