// @ts-check
import { api } from '../api.js'
import { h, panel } from '../dom.js'
import { button, load } from '../notices.js'
import { ago } from '../time.js'

export function sessionsPanel() {
  const body = h('div', { 'aria-live': 'polite' })
  const refresh = () => load(body, api.sessions, ({ items }) => sessions(items, refresh))
  refresh()
  return panel('sessions', 'Where you are signed in', body)
}

/**
 * @param {import('../api.js').Session[]} items
 * @param {() => Promise<void>} refresh
 */
function sessions(items, refresh) {
  const list = h('ul', { class: 'list' }, ...items.map((one) => row(one, refresh)))
  if (items.length < 2) return [list]
  const endOthers = button('end-other-sessions', 'Sign out everywhere else', async () => {
    await api.endOtherSessions()
    await refresh()
  })
  return [list, h('p', { class: 'row' }, endOthers)]
}

/**
 * @param {import('../api.js').Session} session
 * @param {() => Promise<void>} refresh
 */
function row({ id, userAgent, createdAt, lastSeenAt, current }, refresh) {
  const end = button(
    'end-session',
    'End',
    async () => {
      await api.endSession(id)
      await refresh()
    },
    { 'aria-label': `End the session on ${browserName(userAgent)}` },
  )
  return h(
    'li',
    { class: 'split', 'data-testid': 'session' },
    h(
      'div',
      {},
      h('p', { title: userAgent }, browserName(userAgent)),
      h(
        'p',
        { class: 'small-print' },
        `Signed in ${ago(createdAt)} · last seen ${ago(lastSeenAt)}`,
      ),
    ),
    current
      ? h('span', { class: 'badge', 'data-testid': 'session-current' }, 'This one')
      : h('div', { class: 'row' }, end),
  )
}

/**
 * A guess good enough to tell one's own devices apart; the whole string is in the tooltip.
 *
 * @param {string | null} userAgent
 */
function browserName(userAgent) {
  if (!userAgent) return 'Unknown browser'
  const browser = /(Firefox|Edg|Chrome|Safari)\//.exec(userAgent)?.[1]?.replace('Edg', 'Edge')
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(userAgent)?.[1]
  if (!browser) return userAgent.slice(0, 60)
  return system ? `${browser} on ${system.replace('Mac OS X', 'Mac')}` : browser
}
