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
 * @property {AbortSignal} interrupted Ctrl-C, which from the moment this is asked for ends the process no longer
 */

/**
 * @typedef {object} Command
 * @property {string} usage
 * @property {string} summary
 * @property {string} [details]
 * @property {Record<string, string>} [options] those with a value, and what it means
 * @property {Record<string, string>} [flags]
 * @property {string} [example]
 * @property {number} [args] how many must stand behind the name; more than `most` is too many
 * @property {number} [most] default: `args`
 * @property {(call: Call) => Promise<number | void>} run returns the exit code when it is not 0
 */

export const LIMIT = 'at most so many (default 50)'
const MOST_PER_PAGE = 200

/** @param {Call} call @param {string} name @param {number} fallback */
export function numberOf({ options }, name, fallback) {
  const text = options[name]
  if (text === undefined) return fallback
  if (!/^\d{1,15}$/.test(text)) throw new TypeError(`--${name} takes a whole number, not "${text}"`)
  return Number(text)
}

/** How many are wanted, and how many to ask for at once. @param {Call} call */
export function limitsOf(call) {
  const count = numberOf(call, 'limit', 50)
  return { count, limit: Math.max(1, Math.min(count, MOST_PER_PAGE)) }
}

/** The options that are given, under the names that the API knows. @param {Call} call @param {...string} names */
export const given = ({ options }, ...names) =>
  Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )

/** The same as JSON for programs, as a report for people. @template T @param {Call} call @param {T} value @param {(value: T) => string} report */
export const show = ({ json, print }, value, report) =>
  print(json ? JSON.stringify(value, null, 2) : report(value))

/** A user by id, or by the whole e-mail address. @param {AdminClient} client @param {string} who */
export async function idOf(client, who) {
  if (!who.includes('@')) return who
  const { items } = await client.usersPage({ q: who, limit: 1 })
  if (!items[0]) throw new TypeError(`no user has the e-mail address ${who}`)
  return items[0].id
}
