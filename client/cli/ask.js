import { createInterface } from 'node:readline'

/** The person pressed Ctrl-C. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted')
    this.name = 'Interrupted'
  }
}

/**
 * Asks for a secret without showing it; from a pipe, reads its first line.
 *
 * @param {string} question
 * @returns {Promise<string>}
 * @throws {Interrupted}
 */
export async function askSecret(question) {
  const { stdin, stderr } = process
  if (!stdin.isTTY) return readLine()
  stderr.write(question)
  stdin.setRawMode(true)
  try {
    return await readHidden()
  } finally {
    stdin.setRawMode(false)
    stdin.pause()
    stderr.write('\n')
  }
}

async function readLine() {
  const lines = createInterface({ input: process.stdin, terminal: false })
  try {
    return ((await lines[Symbol.asyncIterator]().next()).value ?? '').trim()
  } finally {
    lines.close()
  }
}

const [CTRL_C, CTRL_D, BACKSPACE, CTRL_U] = ['\u0003', '\u0004', '\u007f', '\u0015']

/** @returns {Promise<string>} */
const readHidden = () =>
  new Promise((resolve, reject) => {
    let typed = ''
    process.stdin.on('data', function read(chunk) {
      for (const key of String(chunk)) {
        if (key === CTRL_C || key === CTRL_D) {
          process.stdin.off('data', read)
          return reject(new Interrupted())
        }
        if (key === '\r' || key === '\n') {
          process.stdin.off('data', read)
          return resolve(typed.trim())
        }
        if (key === CTRL_U) typed = ''
        else typed = key === BACKSPACE ? typed.slice(0, -1) : typed + key
      }
    })
  })
