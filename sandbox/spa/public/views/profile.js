// @ts-check
import { api } from '../api.js'
import { h, panel } from '../dom.js'
import { load } from '../notices.js'
import { ago } from '../time.js'

/** @type {Record<string, string>} */
const CONSENTS = {
  terms: 'Terms of use',
  todoist: 'Reading your Todoist tasks',
  push: 'Sending notices',
}

export function profilePanel() {
  const body = h('div', { 'aria-live': 'polite' })
  load(body, api.profile, (profile) => [
    person(profile),
    h('h3', {}, 'Consents'),
    consents(profile),
  ])
  return panel('profile', 'Profile', body)
}

/** @param {import('../api.js').Profile} profile */
function person({ name, email, picture, createdAt }) {
  return h(
    'div',
    { class: 'person' },
    picture &&
      h('img', { src: picture, alt: '', width: 44, height: 44, referrerpolicy: 'no-referrer' }),
    h(
      'div',
      {},
      h('p', {}, name ?? 'No name'),
      h('p', { class: 'small-print' }, `${email ?? 'no e-mail'} · here since ${ago(createdAt)}`),
    ),
  )
}

/** @param {import('../api.js').Profile} profile */
function consents({ consents }) {
  const rows = consents.map(({ kind, action, at }) =>
    h(
      'li',
      { class: 'split', 'data-testid': 'consent' },
      h('span', {}, CONSENTS[kind] ?? kind),
      h('span', { class: 'small-print' }, `${action} ${ago(at)}`),
    ),
  )
  return h('ul', { class: 'list', 'data-testid': 'consents' }, ...rows)
}
