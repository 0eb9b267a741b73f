import { cpus } from 'node:os'
import { isMet, type Row } from './bench.ts'
import { canPin } from './process.ts'

/** The table, and what one must know to read it. */
export function report(
  rows: readonly Row[],
  { quick, loadBefore }: { quick: boolean; loadBefore: number },
): string {
  const { length: cores } = cpus()
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const lines = [
    '# What oo-api costs beside what people would use instead',
    '',
    `\`npm run bench${quick ? ' -- --quick' : ''}\`, Node ${process.version}, ${cores} × ${model}${
      canPin ? ', server and load pinned to a core each' : ', not pinned'
    }. Medians of`,
    'alternating rounds; requests a second and processor time of the server for each request. Load average of the machine',
    `before: ${loadBefore.toFixed(1)}; above 0.5 something else was running, and ratios say less.`,
    '',
    '| case | oo-api | reference | ratio | budget | |',
    '|---|---|---|---|---|---|',
    ...rows.map(line),
    '',
  ]
  return lines.join('\n')
}

function line(row: Row): string {
  const budget = 'atLeast' in row.budget ? `≥ ${row.budget.atLeast}` : `≤ ${row.budget.atMost}`
  const met = isMet(row) ? 'met' : '**missed**'
  return `| ${row.name} | ${row.ours} | ${row.reference} | ${row.ratio.toFixed(2)} | ${budget} | ${met} |`
}
