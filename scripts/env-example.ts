import { readFileSync, writeFileSync } from 'node:fs'
import { ConfigSchema } from '../src/config.ts'

/** Writes `.env.example` from the configuration schema; with `--check` only tells whether it is up to date. */
const FILE = new URL('../.env.example', import.meta.url)

function envExample(): string {
  const required = new Set(['SESSION_SECRET'])
  const lines = [
    '# Every variable of oo-api, made from src/config.ts by `npm run generate`. Copy to .env and fill in what is required.',
  ]
  for (const [name, schema] of Object.entries(ConfigSchema.properties)) {
    const initial = Array.isArray(schema.default) ? schema.default.join(',') : schema.default
    const isRequired = required.has(name) || initial === undefined
    lines.push('', `# ${schema.description}.${isRequired ? ' Required.' : ''}`)
    lines.push(isRequired ? `${name}=` : `#${name}=${initial}`)
  }
  return `${lines.join('\n')}\n`
}

const wanted = envExample()
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, wanted)
} else if (readFileSync(FILE, 'utf8') !== wanted) {
  console.error('.env.example is out of date: run `npm run generate`')
  process.exit(1)
}
