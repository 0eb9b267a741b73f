import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Bench, type Case, isMet, type Row, servers } from './bench.ts'
import { adminCase } from './cases/admin.ts'
import { outboxCase } from './cases/outbox.ts'
import { peopleCase } from './cases/people.ts'
import { proxyCase } from './cases/proxy.ts'
import { sessionCase } from './cases/session.ts'
import { startCase } from './cases/start.ts'
import { syncCase } from './cases/sync.ts'
import { feedbackCase, recommendCase } from './cases/tips.ts'
import { startLoad } from './load/start.ts'
import { report } from './report.ts'
import type { Server } from './server.ts'

/** In the order of the table. */
const CASES: Case[] = [
  sessionCase,
  recommendCase,
  feedbackCase,
  proxyCase,
  adminCase,
  peopleCase,
  syncCase,
  outboxCase,
  startCase,
]

const RESULTS = new URL('results.md', import.meta.url)
const FULL = { seconds: 1, rounds: 15, tail: { seconds: 5, rounds: 5 } }
const QUICK = { seconds: 0.5, rounds: 5, tail: { seconds: 2, rounds: 3 } }

/** `npm run bench -- [--quick] [case …]`: measures, prints the table, and fails where a budget is missed. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  const chosen = choose(positionals)
  const [loadBefore = 0] = loadavg()
  const load = startLoad()
  const rows: Row[] = []
  try {
    for (const one of chosen) {
      console.error(`measuring: ${one.name}`)
      rows.push(...(await runCase(one, { load, quick: values.quick })))
    }
  } finally {
    await load.stop()
  }
  const text = report(rows, { quick: values.quick, loadBefore })
  console.log(text)
  if (!values.quick && chosen.length === CASES.length) await writeFile(RESULTS, text)
  if (!rows.every(isMet)) process.exitCode = 1
}

function choose(names: string[]): Case[] {
  const unknown = names.filter((name) => !CASES.some((one) => one.name === name))
  if (unknown.length > 0) {
    const known = CASES.map((one) => one.name).join(', ')
    throw new Error(`no such case: ${unknown.join(', ')}; there are ${known}`)
  }
  return names.length === 0 ? CASES : CASES.filter((one) => names.includes(one.name))
}

/** Runs a case in a folder of its own, and ends what it started. */
async function runCase(one: Case, { load, quick }: Pick<Bench, 'load' | 'quick'>): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), `oo-bench-${one.name}-`))
  const started: Server[] = []
  try {
    return await one.run({
      ...{ load, folder, quick },
      ...(quick ? QUICK : FULL),
      ...servers(folder, (server) => started.push(server)),
    })
  } finally {
    await Promise.all(started.map((server) => server.process.stop()))
    await rm(folder, { recursive: true, force: true })
  }
}

await main()
