import { readFileSync, writeFileSync } from 'node:fs'
import { createApp } from '../src/app.ts'
import { loadConfig } from '../src/config.ts'

/** Writes `openapi.json` from the route schemas; with `--check` only tells whether it is up to date. */
const FILE = new URL('../openapi.json', import.meta.url)

const placeholder = 'only-to-build-the-document-0123456789'
const config = loadConfig({
  DATABASE_PATH: ':memory:',
  LOG_LEVEL: 'silent',
  SESSION_SECRET: placeholder,
  GOOGLE_CLIENT_ID: 'none',
  GOOGLE_CLIENT_SECRET: 'none',
  TODOIST_CLIENT_ID: 'none',
  TODOIST_CLIENT_SECRET: 'none',
})
const app = await createApp({ config })
await app.ready()
const wanted = `${JSON.stringify(JSON.parse(app.openapiText), null, 2)}\n`
await app.close()

if (!process.argv.includes('--check')) {
  writeFileSync(FILE, wanted)
} else if (readFileSync(FILE, 'utf8') !== wanted) {
  console.error('openapi.json is out of date: run `npm run generate`')
  process.exit(1)
}
