import { h } from './dom.js'

const whole = new Intl.NumberFormat('en')
const moment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

export const NONE = '–'

/** @param {number | null | undefined} value */
export const count = (value) => (value == null ? NONE : whole.format(value))
/** @param {number | null | undefined} share 0 to 1 */
export const percent = (share) => (share == null ? NONE : `${(share * 100).toFixed(1)} %`)
/** @param {number | null | undefined} value */
export const milliseconds = (value) => (value == null ? NONE : `${whole.format(value)} ms`)
/** @param {number | null | undefined} value */
export const decimal = (value, digits = 2) => (value == null ? NONE : value.toFixed(digits))

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
  return `${Math.round(seconds / size)} ${unit}${Math.round(seconds / size) === 1 ? '' : 's'}`
}

/** A time as people say it, with the exact one at hand. @param {string | null | undefined} iso */
export const time = (iso) =>
  iso == null
    ? h('span', {}, NONE)
    : h('time', { datetime: iso, title: moment.format(new Date(iso)) }, ago(iso))

/** The clock time, for lists where seconds count. @param {string} iso */
export const clock = (iso) =>
  h('time', { datetime: iso, title: moment.format(new Date(iso)) }, iso.slice(11, 19))

/** A long id, shortened to where ids made at the same time differ. @param {string} id */
export const shortId = (id) => h('code', { title: id }, id.length > 12 ? `…${id.slice(-8)}` : id)
