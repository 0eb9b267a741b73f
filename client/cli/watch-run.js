import { progressBar, sparkline } from './layout.js'
import { rewrite } from './terminal.js'

/** What the words and numbers of the line take, without its bar and curves. */
const WORDS = 46

/** How far it is, and how reward and regret grow, in one line that is written over. @param {AsyncIterable<string>} lines */
export async function watchRun(lines) {
  /** @type {number[]} */
  const rewards = []
  /** @type {number[]} */
  const regrets = []
  let [done, total] = [0, 0]
  rewrite('Waiting for its turn …')
  for await (const text of lines) {
    const line = parse(text)
    if (line.t === 'progress') [done, total] = [line.done ?? 0, line.total ?? 0]
    if (line.t === 'metric') {
      rewards.push(line.reward ?? 0)
      regrets.push(line.regret ?? 0)
    }
    if (total > 0) rewrite(lineOf(done, total, rewards, regrets))
  }
  rewrite('')
}

/** @param {number} done @param {number} total @param {number[]} rewards @param {number[]} regrets */
function lineOf(done, total, rewards, regrets) {
  const room = (process.stderr.columns ?? 80) - 1 - WORDS
  const bar = progressBar(done, total, between(8, Math.floor(room / 2), 28))
  const width = between(4, Math.floor(room / 4), 16)
  return `${bar}  reward ${curve(rewards, width)}  regret ${curve(regrets, width)}`
}

/** @param {number} least @param {number} value @param {number} most */
const between = (least, value, most) => Math.max(least, Math.min(value, most))

/** What each stretch added, and how much it is by now: a regret that falls to the ground is a policy that has learnt. @param {number[]} totals @param {number} width */
function curve(totals, width) {
  const gains = totals.map((total, at) => total - (totals[at - 1] ?? 0))
  const sum = (totals.at(-1) ?? 0).toLocaleString('en', { maximumFractionDigits: 0 })
  return `${sparkline(gains, width)} ${sum}`
}

/** @param {string} text @returns {{ t?: string, done?: number, total?: number, reward?: number, regret?: number }} */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    // A simulator may also write plain text.
    return {}
  }
}
