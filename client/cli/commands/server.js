import { take } from '../../lib/pages.js'
import { given, LIMIT, limitsOf, numberOf, show } from '../command.js'
import { login, logout } from '../login.js'
import { auditReport, healthReport, policiesReport, statsReport } from '../reports.js'

/** About the server as a whole. @type {Record<string, import('../command.js').Command>} */
export const serverCommands = {
  login: {
    usage: 'login [URL]',
    summary: 'Sign in with the admin token, and remember where',
    details:
      'URL is where oo-api is (default http://localhost:3001). The token is asked for, or read from a pipe; it never stands on the command line.',
    example: 'oo-admin login https://api.example.com < token.txt',
    args: 0,
    most: 1,
    run: login,
  },
  logout: { usage: 'logout', summary: 'End the session and forget the token', run: logout },
  stats: {
    usage: 'stats',
    summary: 'Users, tips, feedback and latency of the last days',
    options: {
      days: 'how many, today included (default 30)',
      tz: 'time zone of the days (default UTC)',
    },
    example: 'oo-admin stats --days 7 --tz Europe/Berlin',
    run: async (call) => {
      const query = { days: numberOf(call, 'days', 30), ...given(call, 'tz') }
      show(call, await (await call.client()).stats(query), statsReport)
    },
  },
  health: {
    usage: 'health',
    summary: 'Is everything well?',
    details: 'Exit code 1 when something is down.',
    run: async (call) => {
      const health = await (await call.client()).health()
      show(call, health, healthReport)
      return health.status === 'down' ? 1 : 0
    },
  },
  policies: {
    usage: 'policies',
    summary: 'What decides, and what the shadows would have chosen',
    run: async (call) => show(call, await (await call.client()).policies(), policiesReport),
  },
  'policies toggle': {
    usage: 'policies toggle NAME',
    summary: 'Switch a shadow policy',
    flags: { on: 'on, whatever it is now', off: 'off, whatever it is now' },
    example: 'oo-admin policies toggle thompson --off',
    args: 1,
    run: async (call) => {
      const [on, off] = [call.flag('on'), call.flag('off')]
      if (on && off) throw new TypeError('--on and --off together make no sense')
      const wanted = on ? true : off ? false : undefined
      const policy = await (await call.client()).togglePolicy(call.args[0] ?? '', wanted)
      show(call, policy, ({ name, enabled }) => `${name} is ${enabled ? 'on' : 'off'}`)
    },
  },
  audit: {
    usage: 'audit',
    summary: 'Who did what to whom, newest first',
    options: {
      limit: LIMIT,
      action: 'only this action, such as actOnUser',
      actor: 'only by this user id',
      target: 'only to this',
    },
    example: 'oo-admin audit --action actOnUser --limit 10',
    run: async (call) => {
      const { count, limit } = limitsOf(call)
      const filter = given(call, 'action', 'actor', 'target')
      const entries = (await call.client()).audit({ limit, ...filter })
      show(call, await take(entries, count), auditReport)
    },
  },
}
