import { take } from '../../lib/pages.js'
import { given, idOf, LIMIT, limitsOf, show } from '../command.js'
import { decisionReport, eventLine, featuresReport, userReport, usersReport } from '../reports.js'

/** @typedef {import('../command.js').AdminClient} AdminClient */

/** @param {import('../command.js').Call} call */
async function events(call) {
  const client = await call.client()
  const { user, ...filter } = given(call, 'type', 'user')
  const query = /** @type {Parameters<AdminClient['followEvents']>[0]} */ ({
    ...filter,
    ...(user && { userId: await idOf(client, user) }),
  })
  /** @param {import('../../lib/client.js').Schemas['Event']} event */
  const line = (event) => call.print(call.json ? JSON.stringify(event) : eventLine(event))
  const { count, limit } = limitsOf(call)
  const past = count > 0 ? await take(client.events({ ...query, limit }), count) : []
  past.reverse().forEach(line)
  if (!call.flag('follow')) return
  const lastEventId = past.at(-1)?.seq
  const options = {
    signal: call.interrupted,
    ...(lastEventId !== undefined && { lastEventId: String(lastEventId) }),
  }
  for await (const event of client.followEvents(query, options)) line(event)
}

/** About people and what happened to them. @type {Record<string, import('../command.js').Command>} */
export const peopleCommands = {
  users: {
    usage: 'users [BEGINNING]',
    summary: 'Users, or those whose e-mail, name or id begins so',
    options: { limit: LIMIT },
    example: 'oo-admin users ada',
    args: 0,
    most: 1,
    run: async (call) => {
      const [q] = call.args
      const { count, limit } = limitsOf(call)
      const users = (await call.client()).users({ limit, ...(q && { q }) })
      show(call, await take(users, count), usersReport)
    },
  },
  user: {
    usage: 'user ID',
    summary: 'One user, by id or e-mail address: integrations, consents, recent tips',
    example: 'oo-admin user ada@example.com',
    args: 1,
    run: async (call) => {
      const client = await call.client()
      show(call, await client.user(await idOf(client, call.args[0] ?? '')), userReport)
    },
  },
  features: {
    usage: 'features USER',
    summary: 'What is known of a user (id or e-mail address), and how old it is',
    example: 'oo-admin features ada@example.com',
    args: 1,
    run: async (call) => {
      const client = await call.client()
      show(call, await client.features(await idOf(client, call.args[0] ?? '')), featuresReport)
    },
  },
  events: {
    usage: 'events',
    summary: 'What happened, oldest first; with --follow what happens',
    details: `With --json one event a line. Ctrl-C ends --follow, with exit code 0.`,
    options: {
      limit: LIMIT,
      type: 'only of this type, such as signals.tip.served',
      user: 'only of this user (id or e-mail address)',
    },
    flags: { follow: 'go on until Ctrl-C; a lost connection is taken up again' },
    example: 'oo-admin events --follow --limit 0 --type signals.tip.feedback',
    run: events,
  },
  decision: {
    usage: 'decision TIP',
    summary: 'The receipt of a tip: candidates, probabilities, shadows, answers',
    example: 'oo-admin decision 019aac1e-3f0e-7a52-9c41-6f0a5e3b2d10',
    args: 1,
    run: async (call) =>
      show(call, await (await call.client()).decision(call.args[0] ?? ''), decisionReport),
  },
}
