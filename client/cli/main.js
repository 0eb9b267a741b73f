import { parseArgs } from 'node:util'
import { NoAnswerError, ProblemError } from '../lib/errors.js'
import { Interrupted } from './ask.js'
import { commands } from './commands.js'
import { helpOf } from './help.js'
import { NotSignedIn, signedInClient } from './login.js'
import { plain, styled } from './terminal.js'

const [REFUSED, USAGE, NOT_ALLOWED, NO_ANSWER, INTERRUPTED] = [1, 2, 3, 4, 130]

/** Runs one command. @param {string[]} words @returns {Promise<number>} the exit code */
export async function main(words) {
  // Whoever reads may have seen enough: `oo-admin events | head`.
  process.stdout.on('error', () => process.exit(0))
  try {
    return await run(words)
  } catch (error) {
    return explain(error)
  }
}

/** @param {string[]} words */
async function run(words) {
  const name = nameOf(words)
  const command = name === undefined ? undefined : commands[name]
  if (name === undefined || !command) {
    if (words.length === 0 || words.includes('--help') || words[0] === 'help') {
      process.stdout.write(`${helpOf(nameOf(words.slice(1)) ?? '')}\n`)
      return 0
    }
    throw new TypeError(
      `there is no command "${words.join(' ')}"; \`oo-admin --help\` lists them all`,
    )
  }
  const { values, positionals } = parseArgs({
    args: words.slice(name.split(' ').length),
    options: optionsOf(command),
    allowPositionals: true,
  })
  if (values.help) {
    process.stdout.write(`${helpOf(name)}\n`)
    return 0
  }
  const { args = 0, most = args } = command
  if (positionals.length < args || positionals.length > most) {
    throw new TypeError(`it is used as \`oo-admin ${command.usage}\``)
  }
  const code = await command.run({
    client: signedInClient,
    args: positionals,
    options: /** @type {Record<string, string | undefined>} */ (values),
    flag: (flag) => values[flag] === true,
    json: values.json === true,
    print: (text) => void process.stdout.write(`${text}\n`),
    get interrupted() {
      const controller = new AbortController()
      process.once('SIGINT', () => controller.abort())
      return controller.signal
    },
  })
  return code ?? 0
}

/** The longest command that the words begin with. @param {string[]} words */
const nameOf = (words) =>
  [words.slice(0, 2).join(' '), words[0] ?? ''].find((name) => Object.hasOwn(commands, name))

/** @param {import('./command.js').Command} command */
function optionsOf({ options = {}, flags = {} }) {
  /** @type {Record<string, { type: 'string' | 'boolean' }>} */
  const known = { json: { type: 'boolean' }, help: { type: 'boolean' } }
  for (const name of Object.keys(options)) known[name] = { type: 'string' }
  for (const name of Object.keys(flags)) known[name] = { type: 'boolean' }
  return known
}

/** @param {unknown} error */
function explain(error) {
  const say = (/** @type {string} */ text) =>
    process.stderr.write(`${styled('red', 'oo-admin:')} ${text}\n`)
  if (error instanceof ProblemError) {
    say(plain(error.detail))
    for (const { path, message } of error.errors) say(`  ${plain(path)} ${plain(message)}`)
    say(`  ${error.code}, trace ${error.traceId}`)
    return error.status === 401 || error.status === 403 ? NOT_ALLOWED : REFUSED
  }
  if (error instanceof Interrupted) return INTERRUPTED
  if (error instanceof NotSignedIn) {
    say(error.message)
    return NOT_ALLOWED
  }
  if (error instanceof NoAnswerError) {
    say(plain(error.message))
    return NO_ANSWER
  }
  // parseArgs and the commands say so when they do not understand.
  if (error instanceof TypeError) {
    // What Node adds about arguments that begin with a dash helps nobody here.
    say(plain(error.message.replace(/\. To specify a positional[\s\S]*/, '')))
    return USAGE
  }
  throw error
}
