import { client } from '../lib/api.js'
import { pill } from '../lib/bars.js'
import { confirm, perform } from '../lib/dialogs.js'
import { h, link } from '../lib/dom.js'
import { fact } from '../lib/facts.js'
import { count, NONE, time } from '../lib/format.js'
import { empty, part } from '../lib/states.js'
import { pagedTable, table } from '../lib/table.js'
import { timelineColumns } from './events.js'

/** @typedef {import('../lib/api.js').Schemas['AdminUserDetail']} Detail */

/** One user: who, what happened, what can be done. @type {import('../lib/router.js').Page} */
export function user({ id = '', entitle }) {
  const detail = part(() => client.user(id), show)
  const timeline = part(
    () =>
      pagedTable(
        'What happened, newest first',
        timelineColumns,
        (cursor) => client.eventsPage({ userId: id, limit: 20, ...(cursor && { cursor }) }),
        empty('Nothing yet', 'Sign-ins, syncs, tips and answers appear here.'),
      ),
    (content) => content,
  )

  /** @param {Detail} who */
  function show(who) {
    entitle(nameOf(who))
    return [
      h(
        'section',
        { class: 'card' },
        h(
          'dl',
          { class: 'facts' },
          fact('E-mail', who.email ?? NONE),
          fact('Role', who.role),
          fact('Joined', time(who.createdAt)),
          fact('Last active', time(who.lastActiveAt)),
          fact('Sessions', count(who.sessions.length)),
          fact('Id', h('code', {}, who.id)),
        ),
        h(
          'p',
          {},
          link(`/admin/features?user=${who.id}`, 'Features'),
          ' · ',
          link(`/admin/decisions?user=${who.id}`, 'Decisions'),
        ),
      ),
      h('h2', {}, 'Integrations'),
      integrations(who),
      h('h2', {}, 'Actions'),
      h(
        'div',
        { class: 'buttons' },
        ...actionsFor(who).map((action) =>
          h('button', { type: 'button', onclick: () => act(action) }, action.label),
        ),
      ),
      h('h2', {}, 'Recent tips'),
      tips(who),
      h('h2', {}, 'Consents'),
      consents(who),
      h('h2', {}, 'Timeline'),
      timeline.element,
    ]
  }

  /** @param {ReturnType<typeof actionsFor>[number]} action */
  async function act({ label, question, consequence, body, danger }) {
    const yes = await confirm({
      title: question,
      consequence: h('p', {}, consequence),
      yes: label,
      reason: true,
      danger,
    })
    if (!yes) return
    await perform(
      () => client.actOnUser(id, { ...body, ...(yes.reason && { reason: yes.reason }) }),
      ({ result }) =>
        `${label}: done (${Object.entries(result)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}).`,
    )
    detail.reload()
    timeline.reload()
  }

  return {
    title: 'User',
    parent: ['users', 'Users'],
    content: detail.element,
  }
}

/** @param {Detail} who */
const nameOf = ({ name, email }) => name ?? email ?? 'Somebody without a name'

/** What can be done to a user, and what will happen then. @param {Detail} who */
function actionsFor(who) {
  const { integrations } = who
  const name = nameOf(who)
  const live = integrations.filter(({ status }) => status !== 'disconnected')
  return [
    ...live.map(({ provider, taskCount }) => ({
      label: `Disconnect ${provider}`,
      question: `Disconnect ${provider} from ${name}?`,
      danger: true,
      consequence: `The token is revoked at ${provider}, and the ${count(taskCount)} tasks that came from there are deleted here. The user can connect again at any time.`,
      body: { action: /** @type {const} */ ('revoke-integration'), provider },
    })),
    {
      label: 'Reset the bandit',
      question: `Reset the bandit of ${name}?`,
      danger: true,
      consequence:
        'ml/serving forgets what it learnt about this user; the next tips are chosen as for a newcomer. This cannot be undone.',
      body: { action: /** @type {const} */ ('reset-bandit') },
    },
    {
      label: 'Rebuild the profile',
      question: `Rebuild the profile of ${name}?`,
      danger: false,
      consequence: 'The cached profile features are dropped and computed afresh. Nothing is lost.',
      body: { action: /** @type {const} */ ('rebuild-profile') },
    },
  ]
}

/** @param {Detail} who */
const integrations = ({ integrations }) =>
  integrations.length === 0
    ? empty('None', 'No provider is connected.')
    : table(
        'Integrations',
        [
          ['Provider', ({ provider }) => provider],
          ['Status', ({ status }) => pill(status)],
          ['Tasks', ({ taskCount }) => count(taskCount), 'number'],
          ['Last synced', ({ lastSyncedAt }) => time(lastSyncedAt)],
          ['Last error', ({ lastError }) => lastError?.replaceAll('_', ' ') ?? NONE],
        ],
        integrations,
      )

/** @param {Detail} who */
const consents = ({ consents }) =>
  consents.length === 0
    ? empty('None', 'Nothing was agreed to here.')
    : table(
        'Consents',
        [
          ['Consent', ({ kind }) => kind],
          ['Change', ({ action }) => action],
          ['When', ({ at }) => time(at)],
        ],
        consents,
      )

/** @param {Detail} who */
const tips = ({ recentTips }) =>
  recentTips.length === 0
    ? empty('No tips yet', 'The last 20 appear here.')
    : table(
        'Recent tips',
        [
          ['Tip', ({ id, text }) => link(`/admin/decisions/${id}`, text), 'wide'],
          ['Source', ({ source }) => pill(source)],
          [
            'Answers',
            ({ feedback }) =>
              feedback.map(({ action }) => action.replace('_', ' ')).join(', ') || NONE,
          ],
          ['When', ({ createdAt }) => time(createdAt)],
        ],
        recentTips,
      )
