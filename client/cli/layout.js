import { cut, isId, lineWidth, styled, widthOf } from './terminal.js'

const BLOCKS = '▁▂▃▄▅▆▇█'
/** What a column that may be cut keeps at least: of ids the end tells them apart. */
const LEAST = 24
const LEAST_OF_IDS = 9
const GAP = '  '

/**
 * Columns as wide as they must be. Where the terminal is too narrow for them, those that may be cut are.
 *
 * @param {string[]} headings
 * @param {string[][]} rows
 * @param {string[]} [cuttable] headings, the first is cut first; their cells have no colours
 */
export function table(headings, rows, cuttable = []) {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  let excess = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - lineWidth()
  for (const heading of cuttable) {
    const column = headings.indexOf(heading)
    const width = widths[column] ?? 0
    const least = rows.some((row) => isId(row[column] ?? '')) ? LEAST_OF_IDS : LEAST
    const narrower = Math.max(0, Math.min(excess, width - least))
    widths[column] = width - narrower
    excess -= narrower
  }
  /** @param {string[]} row */
  const line = (row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        const fitting = widthOf(cell) > width ? cut(cell, width) : cell
        return fitting + ' '.repeat(width - widthOf(fitting))
      })
      .join(GAP)
      .trimEnd()
  return [styled('bold', line(headings)), ...rows.map(line)].join('\n')
}

/** Names and values below each other. @param {Record<string, unknown>} facts */
export function facts(facts) {
  const width = Math.max(...Object.keys(facts).map(({ length }) => length))
  const indent = width + GAP.length
  return Object.entries(facts)
    .map(([name, value]) => {
      const lines = wrap(String(value ?? '–'), lineWidth() - indent)
      return `${styled('dim', name.padEnd(width))}${GAP}${lines.join(`\n${' '.repeat(indent)}`)}`
    })
    .join('\n')
}

/** Names and what they mean, for a help. @param {[string, string][]} rows */
export function list(rows) {
  const width = Math.max(...rows.map(([left]) => left.length))
  const indent = width + 2 * GAP.length
  return rows
    .map(([left, right]) => {
      const lines = wrap(right, lineWidth() - indent)
      return GAP + left.padEnd(width) + GAP + lines.join(`\n${' '.repeat(indent)}`)
    })
    .join('\n')
}

/** Lines of whole words; one that is longer than a line stays whole. @param {string} text @param {number} width */
export function wrap(text, width) {
  if (widthOf(text) <= width) return [text]
  const lines = ['']
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? ''
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > width) lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

/** A curve in one line, from zero; many values are averaged. @param {number[]} values */
export function sparkline(values, width = 24) {
  const shown = values.length <= width ? values : averages(values, width)
  const [least, most] = [Math.min(0, ...shown), Math.max(0, ...shown)]
  const steps = BLOCKS.length - 1
  return shown
    .map(
      (value) =>
        BLOCKS[most === least ? 0 : Math.round(((value - least) / (most - least)) * steps)],
    )
    .join('')
}

/** @param {number[]} values @param {number} count */
const averages = (values, count) =>
  Array.from({ length: count }, (_, at) => {
    const from = Math.floor((at * values.length) / count)
    const some = values.slice(from, Math.floor(((at + 1) * values.length) / count))
    return some.reduce((sum, value) => sum + value, 0) / some.length
  })

/** @param {number} done @param {number} total @param {number} width */
export function progressBar(done, total, width) {
  const share = total > 0 ? Math.min(1, done / total) : 0
  const filled = Math.round(share * width)
  const percent = String(Math.floor(share * 100)).padStart(3)
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${percent} %`
}
