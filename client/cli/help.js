import { commands } from './commands.js'
import { styled } from './terminal.js'

const COMMON = { json: 'as JSON, for programs', help: 'how a command is used' }

const EXIT_CODES = `Exit codes: 0 done · 1 the server said no, or it did not succeed · 2 not understood · 3 not signed in, or not
allowed · 4 no answer from the server · 130 Ctrl-C`

/** @param {[string, string][]} rows */
function columns(rows) {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n')
}

export const overview = () =>
  `oo-admin: what the people who run oo can see and do.

${styled('bold', 'Start with')}
  oo-admin login http://localhost:3001
  oo-admin health

${styled('bold', 'Commands')}
${columns(Object.values(commands).map(({ usage, summary }) => [usage, summary]))}

${styled('bold', 'Everywhere')}
${columns(Object.entries(COMMON).map(([name, meaning]) => [`--${name}`, meaning]))}

${styled('bold', 'Some uses')}
  oo-admin users ada                            who is it?
  oo-admin events --follow --type signals.tip.feedback
  oo-admin sim run --policy thompson --users 200 --seed 7
  oo-admin stats --days 90 --json | jq .actRate

OO_ADMIN_URL and OO_ADMIN_TOKEN take the place of a login, for scripts.
${EXIT_CODES}`

/** @param {string} name */
export function helpOf(name) {
  const command = commands[name]
  if (!command) return overview()
  const { usage, summary, details, options = {}, flags = {} } = command
  const rows = [
    ...Object.entries(options).map(([option, meaning]) => [`--${option} …`, meaning]),
    ...Object.entries({ ...flags, ...COMMON }).map(([flag, meaning]) => [`--${flag}`, meaning]),
  ]
  return [
    `oo-admin ${usage}`,
    `  ${summary}.`,
    details && `\n${details}`,
    `\n${columns(/** @type {[string, string][]} */ (rows))}`,
  ]
    .filter((text) => text !== undefined)
    .join('\n')
}
