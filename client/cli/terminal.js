import { stripVTControlCharacters, styleText } from 'node:util'

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

/** How many characters a line holds; a file or a program takes any number. */
export const lineWidth = () => process.stdout.columns ?? Number.POSITIVE_INFINITY

/** @param {string} text */
export const widthOf = (text) => stripVTControlCharacters(text).length

/** @param {string} text */
export const isId = (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-/.test(text)

/** A text without colours in so many characters; of an id the end is kept, where ids differ. @param {string} text @param {number} width */
export function cut(text, width) {
  if (text.length <= width) return text
  const kept = Math.max(0, width - 1)
  return isId(text) ? `…${text.slice(text.length - kept)}` : `${text.slice(0, kept)}…`
}

/** A line at a terminal that is written over; nothing where nobody watches. @param {string} text */
export function rewrite(text) {
  const { isTTY, columns = 80 } = process.stderr
  // One that reached the edge would go on in the next line, and stay there.
  if (isTTY) process.stderr.write(`\r${cut(text, columns - 1)}\u001b[K`)
}
