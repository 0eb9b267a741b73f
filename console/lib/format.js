import { h } from './dom.js'

/** The time zone of whoever looks: all times and days are told in it. */
export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone

const whole = new Intl.NumberFormat('en')
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  ...{ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' },
})
const timeOnly = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

export const NONE = '–'
/** A number and its unit stay on one line. */
const SPACE = '\u00a0'

/** @param {number | null | undefined} value */
export const count = (value) => (value == null ? NONE : whole.format(value))
/** @param {number | null | undefined} share 0 to 1 */
export const percent = (share, digits = 1) =>
  share == null ? NONE : `${(share * 100).toFixed(digits)}${SPACE}%`
/** @param {number | null | undefined} value */
export const milliseconds = (value) =>
  value == null ? NONE : `${whole.format(Math.round(value))}${SPACE}ms`
/** @param {number | null | undefined} value */
export const decimal = (value, digits = 2) =>
  value == null
    ? NONE
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
/** Short, and exact enough to read. @param {number | null | undefined} value */
export const rounded = (value) =>
  value == null ? NONE : value.toLocaleString('en', { maximumFractionDigits: 3 })

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

/** @param {string} iso */
export function ago(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1_000
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1]
  return relative.format(Math.trunc(seconds / size), unit)
}

/** @param {number | null} seconds */
export function duration(seconds) {
  if (seconds === null) return NONE
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ['second', 1]
  const amount = Math.round(seconds / size)
  return `${amount}${SPACE}${unit}${amount === 1 ? '' : 's'}`
}

/** A time as people say it, with the exact one at hand. @param {string | null | undefined} iso */
export const time = (iso) =>
  iso == null
    ? h('span', {}, NONE)
    : h('time', { datetime: iso, title: exact.format(new Date(iso)) }, ago(iso))

/** The clock time, for lists where seconds count; with its day, unless that is today. @param {string} iso */
export function clock(iso) {
  const at = new Date(iso)
  const today = at.toDateString() === new Date().toDateString()
  return h(
    'time',
    { datetime: iso, title: exact.format(at) },
    (today ? timeOnly : dayAndTime).format(at),
  )
}

/** A long id, shortened to where ids made at the same time differ. @param {string} id */
export const shortId = (id) =>
  h('code', { title: id, class: 'keep' }, id.length > 12 ? `…${id.slice(-8)}` : id)
