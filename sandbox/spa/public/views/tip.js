// @ts-check
import { api } from '../api.js'
import { h } from '../dom.js'
import { button } from '../notices.js'
import { connect } from './integrations.js'
import { answers, due, smallPrint, task } from './tip-parts.js'

/** @param {import('../app.js').Context} context */
export function tipView({ user }) {
  const card = h(
    'div',
    { class: 'card', 'data-testid': 'tip-card', 'aria-live': 'polite' },
    ...ask(),
  )
  const invitation = h('div')
  inviteToConnect(invitation)
  return h(
    'section',
    { class: 'stage', 'data-testid': 'tip-view', 'aria-labelledby': 'tip-title' },
    h('h1', { id: 'tip-title', class: 'greeting' }, greeting(user)),
    card,
    invitation,
  )

  function ask() {
    return [
      h('p', { class: 'lead centred' }, 'Ready when you are.'),
      h('p', { class: 'row centred' }, getTip('Give me a tip')),
    ]
  }

  /** @param {string} label */
  function getTip(label) {
    // Kept until an answer comes: trying again after a lost answer must not make a second tip.
    const key = crypto.randomUUID()
    return button('get-tip', label, async () => show((await api.recommend(key)).tip), {
      class: 'primary',
    })
  }

  /** @param {import('../api.js').Tip} tip */
  function show(tip) {
    const text = h('p', { class: 'tip-text', 'data-testid': 'tip-text', tabindex: -1 }, tip.text)
    const next = h('p', { class: 'row', hidden: true }, getTip('Another one'))
    card.replaceChildren(
      text,
      ...task(tip.task),
      ...due(tip.task),
      answers(tip.id, () => {
        next.hidden = false
        next.querySelector('button')?.focus()
      }),
      next,
      smallPrint(tip),
    )
    text.focus()
    whenSeen(card, () => api.feedback(tip.id, 'viewed'))
  }
}

/** @param {import('../api.js').User} user */
function greeting({ name }) {
  const hour = new Date().getHours()
  const [words] = /** @type {[string, number][]} */ ([
    ['Good night', 5],
    ['Good morning', 12],
    ['Good afternoon', 18],
    ['Good evening', 24],
  ]).find(([, until]) => hour < until) ?? ['Hello']
  const [first] = (name ?? '').split(' ')
  return first ? `${words}, ${first}` : words
}

/**
 * Without its tasks the tips are general; the offer is an extra, so its failure stays quiet.
 *
 * @param {HTMLElement} region
 */
async function inviteToConnect(region) {
  const { integrations } = await api.integrations().catch(() => ({ integrations: [] }))
  const todoist = integrations.find(({ provider }) => provider === 'todoist')
  if (todoist?.status !== 'disconnected' && todoist?.status !== 'reauthorize') return
  region.append(
    h('p', { class: 'quiet' }, 'Tips are best when they know your tasks.'),
    h(
      'p',
      { class: 'row' },
      button('connect-todoist', 'Connect Todoist', () => connect('todoist')),
    ),
  )
}

/**
 * Calls back once, when most of the element is on a visible screen. Telling the server is best effort.
 *
 * @param {Element} element
 * @param {() => Promise<unknown>} tell
 */
function whenSeen(element, tell) {
  const observer = new IntersectionObserver(
    ([entry]) => {
      if (!entry?.isIntersecting) return
      observer.disconnect()
      tell().catch(() => undefined)
    },
    { threshold: 0.5 },
  )
  observer.observe(element)
}
