import { createInterface } from 'node:readline'
import { stripVTControlCharacters, styleText } from 'node:util'

const BLOCKS = '▁▂▃▄▅▆▇█'
const BAR_WIDTH = 28

/** What somebody else wrote, without what a terminal would take for commands. @param {unknown} value */
export const plain = (value) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  stripVTControlCharacters(String(value ?? '–')).replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ')

/** Coloured where the output is a terminal that wants it. @param {Parameters<typeof styleText>[0]} format @param {string} text */
export const styled = (format, text) => styleText(format, text, { stream: process.stdout })

const GOOD = ['ok', 'fresh', 'succeeded', 'enabled', 'connected', 'model']
const BAD = ['down', 'failed', 'refused', 'missing', 'reauthorize']

/** A status word in the colour of its meaning. @param {string} status */
export function mark(status) {
  if (GOOD.includes(status)) return styled('green', plain(status))
  return styled(BAD.includes(status) ? 'red' : 'yellow', plain(status))
}

/** @param {string} text */
const widthOf = (text) => stripVTControlCharacters(text).length

/** Columns as wide as they must be. @param {string[]} headings @param {string[][]} rows */
export function table(headings, rows) {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => widthOf(row[column] ?? ''))),
  )
  /** @param {string[]} row */
  const line = (row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd()
  return [styled('bold', line(headings)), ...rows.map(line)].join('\n')
}

/** Names and values below each other. @param {Record<string, unknown>} facts */
export function facts(facts) {
  const width = Math.max(...Object.keys(facts).map(({ length }) => length))
  return Object.entries(facts)
    .map(([name, value]) => `${styled('dim', name.padEnd(width))}  ${value ?? '–'}`)
    .join('\n')
}

/** A curve in one line; its newest part when it is longer. @param {number[]} values */
export function sparkline(values, width = 24) {
  const shown = values.length <= width ? values : thin(values, width)
  const [least, most] = [Math.min(...shown), Math.max(...shown)]
  const steps = BLOCKS.length - 1
  return shown
    .map(
      (value) =>
        BLOCKS[most === least ? 0 : Math.round(((value - least) / (most - least)) * steps)],
    )
    .join('')
}

/** Every so many-th, the last one included. @param {number[]} values @param {number} count */
const thin = (values, count) =>
  Array.from(
    { length: count },
    (_, at) => values[Math.round((at * (values.length - 1)) / (count - 1))] ?? 0,
  )

/** @param {number} done @param {number} total */
export function progressBar(done, total) {
  const share = total > 0 ? Math.min(1, done / total) : 0
  const filled = Math.round(share * BAR_WIDTH)
  return `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)} ${String(Math.floor(share * 100)).padStart(3)} %`
}

/** A line at a terminal that is written over; nothing where nobody watches. @param {string} text */
export function rewrite(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r${text}\u001b[K`)
}

/** Asks for a secret without showing it; from a pipe, reads its first line. @param {string} question @returns {Promise<string>} */
export async function askSecret(question) {
  const lines = createInterface({ input: process.stdin, terminal: false })
  const hidden = process.stdin.isTTY
  if (hidden) {
    process.stderr.write(question)
    process.stdin.setRawMode(true)
  }
  try {
    return hidden
      ? await readHidden()
      : ((await lines[Symbol.asyncIterator]().next()).value ?? '').trim()
  } finally {
    lines.close()
    if (hidden) {
      process.stdin.setRawMode(false)
      process.stderr.write('\n')
    }
  }
}

/** @returns {Promise<string>} */
const readHidden = () =>
  new Promise((resolve, reject) => {
    let typed = ''
    process.stdin.on('data', function read(chunk) {
      for (const key of String(chunk)) {
        if (key === '\u0003') return reject(new Error('given up'))
        if (key === '\r' || key === '\n') {
          process.stdin.off('data', read)
          return resolve(typed)
        }
        typed = key === '\u007f' ? typed.slice(0, -1) : typed + key
      }
    })
  })
