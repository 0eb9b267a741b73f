import { commands } from './commands.js'
import { list, wrap } from './layout.js'
import { lineWidth, styled } from './terminal.js'

const COMMON = { json: 'as JSON, for programs', help: 'how a command is used' }

/** @type {[string, string][]} */
const EXIT_CODES = [
  ['0', 'done'],
  ['1', 'the server said no, or it did not succeed'],
  ['2', 'not understood'],
  ['3', 'not signed in, or not allowed'],
  ['4', 'no answer from the server'],
  ['130', 'Ctrl-C'],
]

export const overview = () =>
  `oo-admin: what the people who run oo can see and do.

${styled('bold', 'Start with')}
  oo-admin login http://localhost:3001
  oo-admin health

${styled('bold', 'Commands')}
${list(Object.values(commands).map(({ usage, summary }) => [usage, summary]))}

${styled('bold', 'Everywhere')}
${list(Object.entries(COMMON).map(([name, meaning]) => [`--${name}`, meaning]))}

${styled('bold', 'Some uses')}
  oo-admin users ada                            who is it?
  oo-admin events --follow --type signals.tip.feedback
  oo-admin sim run --policy thompson --users 200 --seed 7
  oo-admin stats --days 90 --json | jq .actRate

Times are UTC. A narrow terminal gets some columns cut short; --json has all.
OO_ADMIN_URL and OO_ADMIN_TOKEN take the place of a login, for scripts.

${styled('bold', 'Exit codes')}
${list(EXIT_CODES)}`

/** @param {string} name */
export function helpOf(name) {
  const command = commands[name]
  if (!command) return overview()
  const { usage, summary, details, options = {}, flags = {}, example } = command
  const rows = [
    ...Object.entries(options).map(([option, meaning]) => [`--${option} …`, meaning]),
    ...Object.entries({ ...flags, ...COMMON }).map(([flag, meaning]) => [`--${flag}`, meaning]),
  ]
  return [
    `oo-admin ${usage}`,
    `  ${summary}${/[.?]$/.test(summary) ? '' : '.'}`,
    details && `\n${wrap(details, lineWidth()).join('\n')}`,
    `\n${list(/** @type {[string, string][]} */ (rows))}`,
    example && `\n${styled('bold', 'For example')}\n  ${example}`,
  ]
    .filter((text) => text !== undefined)
    .join('\n')
}
