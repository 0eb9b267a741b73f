import type { Report } from './simulate.ts'

const BAR_WIDTH = 40

/** How a run tells what it does. */
export interface Output {
  report(report: Report): void
  log(text: string): void
}

/** For the server: one JSON object a line on standard output. */
export function createJsonOutput(out: NodeJS.WritableStream): Output {
  const line = (value: object) => out.write(`${JSON.stringify(value)}\n`)
  return {
    report({ done, total, reward, regret }) {
      line({ t: 'progress', done, total })
      line({ t: 'metric', step: done, reward, regret })
    },
    log: (text) => line({ t: 'log', text }),
  }
}

/** For a person at a terminal: a bar that grows in place, and plain lines. */
export function createBarOutput(err: NodeJS.WritableStream): Output {
  return {
    report({ done, total, reward, regret }) {
      const filled = Math.round((done / total) * BAR_WIDTH)
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
      const percent = Math.floor((100 * done) / total)
      const facts = `reward ${reward.toFixed(1)}  regret ${regret.toFixed(1)}`
      err.write(`\r${bar} ${percent} %  ${facts}\u001b[K${done === total ? '\n' : ''}`)
    },
    // A log line takes the place of an unfinished bar; the next report draws it anew below.
    log: (text) => err.write(`\r${text}\u001b[K\n`),
  }
}
