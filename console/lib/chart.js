import uPlot from '/admin/vendor/uplot.js'
import { h } from './dom.js'
import { NONE } from './format.js'

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {(number | null)[]} values
 * @property {string} [color] name of a custom property of theme.css
 */

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {number[]} x seconds since 1970 (with `days`), or any ascending numbers
 * @property {Line[]} lines
 * @property {(value: number | null) => string} format
 * @property {(value: number) => string} [tick] on the axis, where shorter will do; default: `format`
 * @property {boolean} [days] x are days
 * @property {boolean} [stacked] as bars, one upon the other
 * @property {string} [xLabel]
 */

const HEIGHT = 220
const DAY_S = 86_400
const bars = uPlot.paths.bars?.({ size: [0.7, 40] }) ?? (() => null)
const dayOf = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const COLORS = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6']

/** A plot with its title and a legend that tells the values under the pointer. @param {Chart} chart */
export const chart = (chart) => liveChart(chart).element

/** The same, of which `update` shows other values of the same lines. @param {Chart} first */
export function liveChart(first) {
  let shown = first
  const place = h('div', { class: first.stacked ? 'plot stacked' : 'plot', role: 'img' })
  const element = h('figure', { class: 'card' }, h('figcaption', {}, first.title), place)
  /** @type {uPlot | undefined} */
  let plot

  function draw() {
    plot?.destroy()
    plot = new uPlot(
      optionsOf(() => shown, place.clientWidth),
      dataOf(shown),
      place,
    )
  }
  const tell = () => place.setAttribute('aria-label', summaryOf(shown))
  new ResizeObserver(() => {
    if (!plot) draw()
    else plot.setSize({ width: place.clientWidth, height: HEIGHT })
  }).observe(place)
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    if (element.isConnected) draw()
  })
  tell()

  return {
    element,
    /** @param {Pick<Chart, 'x' | 'lines'>} values */
    update(values) {
      shown = { ...shown, ...values }
      tell()
      plot?.setData(dataOf(shown))
      plot?.setLegend({ idx: shown.x.length - 1 })
    },
  }
}

/** For those who do not see it. @param {Chart} chart */
function summaryOf({ title, lines, format }) {
  const parts = lines.map(({ label, values }) => {
    const known = values.filter((value) => value !== null)
    if (known.length === 0) return `${label} has no values`
    const [least, most] = [Math.min(...known), Math.max(...known)]
    return `${label} from ${format(least)} to ${format(most)}, last ${format(known.at(-1) ?? null)}`
  })
  return `${title}: ${parts.join('; ')}`
}

/** @param {Chart} chart @returns {uPlot.AlignedData} */
function dataOf({ x, lines, stacked }) {
  if (!stacked) return [x, ...lines.map(({ values }) => values)]
  // Each bar reaches from the ground to its own top; drawn tallest first, the shorter ones cover its lower part.
  const tops = x.map((_, at) => {
    let sum = 0
    return lines.map(({ values }) => (sum += values[at] ?? 0))
  })
  return [x, ...lines.map((_, index) => tops.map((column) => column[index] ?? 0)).toReversed()]
}

/** @param {() => Chart} shown @param {number} width @returns {uPlot.Options} */
function optionsOf(shown, width) {
  const { x, lines, format, tick = format, days = false, stacked = false, xLabel } = shown()
  const style = getComputedStyle(document.documentElement)
  const axis = {
    stroke: style.getPropertyValue('--quiet'),
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  const order = lines.map((_, index) => index)
  if (stacked) order.reverse()
  /** @param {number} index */
  const inkOf = (index) =>
    style.getPropertyValue(lines[index]?.color ?? COLORS[index % COLORS.length] ?? '')
  // A bar is as wide as its day, so the first and the last one need half a day more; one point needs a width at all.
  const half = stacked ? DAY_S / 2 : Number(x.length === 1)
  return {
    width,
    height: HEIGHT,
    padding: [8, 20, 0, 0],
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'UTC'),
    scales: {
      x: { time: days, range: (_, from, to) => [from - half, to + half] },
      y: { range: (_, least, most) => rangeOf(least, most) },
    },
    cursor: { y: false, points: { show: !stacked }, drag: { setScale: false } },
    legend: { markers: { width: 0, fill: (_, at) => inkOf(order[at - 1] ?? 0) } },
    // Until somebody points at the plot, the legend tells the last values.
    hooks: { ready: [(plot) => plot.setLegend({ idx: x.length - 1 })] },
    axes: [
      {
        ...axis,
        size: 30,
        space: 70,
        ...(days && { values: (_, splits) => splits.map((at) => dayOf.format(at * 1_000)) }),
      },
      { ...axis, size: 58, gap: 8, values: (_, splits) => splits.map(tick) },
    ],
    series: [
      { label: days ? 'Day' : (xLabel ?? 'x'), value: (_, value) => labelOf(value, days) },
      ...order.map((index) => ({
        label: lines[index]?.label ?? '',
        stroke: inkOf(index),
        width: 2,
        points: { show: x.length === 1 },
        // Of a stacked bar the legend tells its own height, not where its top is.
        value: (
          /** @type {uPlot} */ _u,
          /** @type {number} */ _v,
          /** @type {number} */ _s,
          /** @type {number | null} */ at,
        ) => (at === null ? NONE : format(shown().lines[index]?.values[at] ?? null)),
        ...(stacked && { fill: inkOf(index), width: 0, paths: bars }),
      })),
    ],
  }
}

/**
 * From zero, with some air above; there may be nothing yet.
 *
 * @param {number | null} least
 * @param {number | null} most
 * @returns {[number, number]}
 */
const rangeOf = (least, most) => {
  const top = most !== null && most > 0 ? most * 1.1 : 0
  const bottom = Math.min(0, (least ?? 0) * 1.1)
  return [bottom, top === bottom ? 1 : top]
}

/** @param {number | null | undefined} value @param {boolean} days */
function labelOf(value, days) {
  if (value == null) return NONE
  return days ? dayOf.format(value * 1_000) : value.toLocaleString('en')
}

/** @param {string} date `YYYY-MM-DD` */
export const secondsOf = (date) => Date.parse(`${date}T00:00:00Z`) / 1_000
