import { take } from '../lib/pages.js'
import { login, logout } from './login.js'
import {
  auditReport,
  decisionReport,
  eventLine,
  featuresReport,
  healthReport,
  policiesReport,
  runsReport,
  statsReport,
  userReport,
  usersReport,
} from './reports.js'
import { cancelSimulation, runSimulation } from './simulate.js'

/** @typedef {import('../lib/client.js').AdminClient} AdminClient */

/**
 * What a command is given.
 * @typedef {object} Call
 * @property {() => Promise<AdminClient>} client signed in, or an error that says how to
 * @property {string[]} args what stands behind the command's name
 * @property {Record<string, string | undefined>} options
 * @property {(name: string) => boolean} flag
 * @property {boolean} json
 * @property {(text: string) => void} print
 * @property {AbortSignal} interrupted Ctrl-C
 */

/**
 * @typedef {object} Command
 * @property {string} usage
 * @property {string} summary
 * @property {string} [details]
 * @property {Record<string, string>} [options] those with a value, and what it means
 * @property {Record<string, string>} [flags]
 * @property {number} [args] how many must stand behind the name; more than `most` is too many
 * @property {number} [most] default: `args`
 * @property {(call: Call) => Promise<number | void>} run returns the exit code when it is not 0
 */

const LIMIT = 'at most so many (default 50)'

/** @param {Call} call @param {string} name @param {number} fallback */
export function numberOf({ options }, name, fallback) {
  const text = options[name]
  if (text === undefined) return fallback
  if (!/^\d{1,15}$/.test(text)) throw new TypeError(`--${name} takes a whole number, not "${text}"`)
  return Number(text)
}

/** The same as JSON for programs, as a report for people. @template T @param {Call} call @param {T} value @param {(value: T) => string} report */
export const show = ({ json, print }, value, report) =>
  print(json ? JSON.stringify(value, null, 2) : report(value))

/** The options that are given, under the names that the API knows. @param {Call} call @param {...string} names */
const given = ({ options }, ...names) =>
  Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )

/** @param {Call} call */
const limitOf = (call) => numberOf(call, 'limit', 50)
/** @param {number} limit */
const pageSize = (limit) => Math.max(1, Math.min(limit, 200))

/** A user by id, or by the whole e-mail address. @param {AdminClient} client @param {string} who */
async function idOf(client, who) {
  if (!who.includes('@')) return who
  const { items } = await client.usersPage({ q: who, limit: 1 })
  if (!items[0]) throw new TypeError(`no user has the e-mail address ${who}`)
  return items[0].id
}

/** @param {Call} call */
async function events(call) {
  const client = await call.client()
  const { user, ...filter } = given(call, 'type', 'user')
  const query = /** @type {Parameters<AdminClient['followEvents']>[0]} */ ({
    ...filter,
    ...(user && { userId: await idOf(client, user) }),
  })
  /** @param {import('../lib/client.js').Schemas['Event']} event */
  const line = (event) => call.print(call.json ? JSON.stringify(event) : eventLine(event))
  const limit = limitOf(call)
  const past =
    limit > 0 ? await take(client.events({ ...query, limit: pageSize(limit) }), limit) : []
  past.reverse().forEach(line)
  if (!call.flag('follow')) return
  const lastEventId = past.at(-1)?.seq
  const options = {
    signal: call.interrupted,
    ...(lastEventId !== undefined && { lastEventId: String(lastEventId) }),
  }
  for await (const event of client.followEvents(query, options)) line(event)
}

/** @type {Record<string, Command>} */
export const commands = {
  login: {
    usage: 'login [URL]',
    summary: 'Sign in with the admin token, and remember where',
    details:
      'The token is asked for, or read from a pipe; it never stands on the command line.\nURL is where oo-api is (default http://localhost:3001).',
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
    run: async (call) =>
      show(
        call,
        await (await call.client()).stats({
          days: numberOf(call, 'days', 30),
          ...given(call, 'tz'),
        }),
        statsReport,
      ),
  },
  users: {
    usage: 'users [BEGINNING]',
    summary: 'Users, or those whose e-mail address, name or id begins so',
    options: { limit: LIMIT },
    args: 0,
    most: 1,
    run: async (call) => {
      const [q] = call.args
      const limit = limitOf(call)
      const users = (await call.client()).users({ limit: pageSize(limit), ...(q && { q }) })
      show(call, await take(users, limit), usersReport)
    },
  },
  user: {
    usage: 'user ID',
    summary: 'One user, by id or e-mail address: integrations, consents, recent tips',
    args: 1,
    run: async (call) => {
      const client = await call.client()
      show(call, await client.user(await idOf(client, call.args[0] ?? '')), userReport)
    },
  },
  events: {
    usage: 'events',
    summary: 'What happened, oldest first; with --follow what happens',
    details: 'With --json one event a line.',
    options: {
      limit: LIMIT,
      type: 'only of this type, such as signals.tip.served',
      user: 'only of this user',
    },
    flags: { follow: 'go on until Ctrl-C; a lost connection is taken up again' },
    run: events,
  },
  features: {
    usage: 'features USER',
    summary: 'What is known of a user, and how old it is',
    args: 1,
    run: async (call) => {
      const client = await call.client()
      show(call, await client.features(await idOf(client, call.args[0] ?? '')), featuresReport)
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
    args: 1,
    run: async (call) => {
      const enabled = call.flag('on') ? true : call.flag('off') ? false : undefined
      const policy = await (await call.client()).togglePolicy(call.args[0] ?? '', enabled)
      show(call, policy, ({ name }) => `${name} is ${policy.enabled ? 'on' : 'off'}`)
    },
  },
  'sim run': {
    usage: 'sim run',
    summary: 'Start a simulation and watch it to its end',
    details: 'Ctrl-C stops watching; the simulation goes on. Exit code 1 when it did not succeed.',
    options: {
      policy: 'linucb, thompson, epsilon-greedy, rules or random (default linucb)',
      judge: 'persona or ml (default persona)',
      users: 'how many (default 100)',
      steps: 'tips per user (default 50)',
      seed: 'the same seed gives the same result (default 1)',
    },
    flags: { detach: 'do not watch' },
    run: runSimulation,
  },
  'sim runs': {
    usage: 'sim runs',
    summary: 'Simulations, newest first',
    options: { limit: LIMIT },
    run: async (call) => {
      const limit = limitOf(call)
      show(
        call,
        await take((await call.client()).simulations({ limit: pageSize(limit) }), limit),
        runsReport,
      )
    },
  },
  'sim cancel': {
    usage: 'sim cancel RUN',
    summary: 'End a simulation',
    args: 1,
    run: cancelSimulation,
  },
  decision: {
    usage: 'decision TIP',
    summary: 'The receipt of a tip: candidates, probabilities, shadows, answers',
    args: 1,
    run: async (call) =>
      show(call, await (await call.client()).decision(call.args[0] ?? ''), decisionReport),
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
  audit: {
    usage: 'audit',
    summary: 'Who did what to whom, newest first',
    options: {
      limit: LIMIT,
      action: 'only this action',
      actor: 'only by this user id',
      target: 'only to this',
    },
    run: async (call) => {
      const limit = limitOf(call)
      const entries = (await call.client()).audit({
        limit: pageSize(limit),
        ...given(call, 'action', 'actor', 'target'),
      })
      show(call, await take(entries, limit), auditReport)
    },
  },
}
