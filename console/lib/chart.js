import uPlot from '/admin/vendor/uplot.js'
import { h } from './dom.js'

/**
 * @typedef {object} Line
 * @property {string} label
 * @property {(number | null)[]} values
 * @property {string} [color] name of a custom property of style.css
 */

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {number[]} x seconds since 1970 (with `days`), or any ascending numbers
 * @property {Line[]} lines
 * @property {(value: number | null) => string} format
 * @property {boolean} [days] x are days
 * @property {boolean} [stacked] as bars, one upon the other
 * @property {string} [xLabel]
 */

const HEIGHT = 220
const bars = uPlot.paths.bars?.({ size: [0.7, 40] }) ?? (() => null)
const dayOf = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const COLORS = ['--c1', '--c2', '--c3', '--c4', '--c5', '--c6']

/** A plot with its title and a legend that tells the values under the pointer. @param {Chart} chart */
export function chart(chart) {
  const place = h('div', { class: 'plot', role: 'img', 'aria-label': summaryOf(chart) })
  const figure = h('figure', { class: 'card' }, h('figcaption', {}, chart.title), place)
  /** @type {uPlot | undefined} */
  let plot
  const draw = () => {
    plot?.destroy()
    plot = new uPlot(optionsOf(chart, place.clientWidth), dataOf(chart), place)
  }
  const resized = new ResizeObserver(() => {
    if (!plot) draw()
    else plot.setSize({ width: place.clientWidth, height: HEIGHT })
  })
  resized.observe(place)
  const scheme = matchMedia('(prefers-color-scheme: dark)')
  scheme.addEventListener('change', () => figure.isConnected && draw())
  return figure
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

/** @param {Chart} chart @param {number} width @returns {uPlot.Options} */
function optionsOf({ x, lines, format, days = false, stacked = false, xLabel }, width) {
  const style = getComputedStyle(document.documentElement)
  const axis = {
    stroke: style.getPropertyValue('--quiet'),
    grid: { stroke: style.getPropertyValue('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  }
  const drawn = lines.map((line, index) => ({ line, color: line.color ?? COLORS[index % 6] ?? '' }))
  if (stacked) drawn.reverse()
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'UTC'),
    scales: {
      x: { time: days },
      y: { range: (_, least, most) => rangeOf(least, most) },
    },
    cursor: { y: false, points: { show: !stacked }, drag: { setScale: false } },
    // Until somebody points at the plot, the legend tells the last values.
    hooks: { ready: [(plot) => plot.setLegend({ idx: x.length - 1 })] },
    axes: [
      {
        ...axis,
        size: 34,
        ...(days && { values: (_, splits) => splits.map((at) => dayOf.format(at * 1_000)) }),
        ...(xLabel && { label: xLabel, labelSize: 20, labelFont: axis.font }),
      },
      { ...axis, size: 64, values: (_, splits) => splits.map((value) => format(value)) },
    ],
    series: [
      { label: days ? 'Day' : (xLabel ?? 'x'), value: (_, value) => labelOf(value, days) },
      ...drawn.map(({ line, color }) => {
        const ink = style.getPropertyValue(color)
        return {
          label: line.label,
          stroke: ink,
          width: 2,
          points: { show: x.length === 1 },
          // Of a stacked bar the legend tells its own height, not where its top is.
          value: (
            /** @type {uPlot} */ _u,
            /** @type {number} */ _v,
            /** @type {number} */ _s,
            /** @type {number | null} */ at,
          ) => (at === null ? '–' : format(line.values[at] ?? null)),
          ...(stacked && { fill: ink, width: 0, paths: bars }),
        }
      }),
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

/** @param {number | null} value @param {boolean} days */
function labelOf(value, days) {
  if (value === null) return '–'
  return days ? new Date(value * 1_000).toISOString().slice(0, 10) : String(value)
}

/** @param {string} date `YYYY-MM-DD` */
export const secondsOf = (date) => Date.parse(`${date}T00:00:00Z`) / 1_000
