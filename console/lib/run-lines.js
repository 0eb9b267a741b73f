/**
 * Reward and regret of a run so far, point by point.
 * @typedef {{ step: number[], reward: number[], regret: number[] }} Curves
 */

/** @returns {Curves} */
export const noCurves = () => ({ step: [], reward: [], regret: [] })

/**
 * Reads one line of a simulator's output.
 *
 * @param {string} line
 * @param {Curves} curves a metric is added to them
 * @returns {{ done: number, total: number } | undefined} progress, when the line tells it
 */
export function readLine(line, curves) {
  let value
  try {
    value = JSON.parse(line)
  } catch {
    // A simulator may also write plain text.
    return undefined
  }
  if (value?.t === 'progress') return value
  if (value?.t === 'metric') {
    curves.step.push(value.step)
    curves.reward.push(value.reward)
    curves.regret.push(value.regret)
  }
  return undefined
}
