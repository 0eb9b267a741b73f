// @ts-check
import { api } from '../api.js'
import { h } from '../dom.js'
import { button } from '../notices.js'
import { turnOff } from '../push.js'

export function signedOutHeader() {
  return h(
    'a',
    { class: 'wordmark', href: '#', 'aria-label': 'oo, start' },
    h('img', { src: '/mark.svg', alt: '', width: 48, height: 32 }),
  )
}

/**
 * @param {import('../api.js').User} user
 * @param {Map<string, import('../app.js').View>} views
 */
export function signedInHeader(user, views) {
  const anchors = [...views].map(([name, { testid, label }]) =>
    h('a', { href: `#${name}`, 'data-testid': testid }, label),
  )
  return [signedOutHeader(), h('nav', { 'aria-label': 'Pages' }, ...anchors), account(user)]
}

/**
 * Marks the page that is shown.
 *
 * @param {HTMLElement} header
 * @param {string} name
 */
export function showCurrent(header, name) {
  for (const anchor of header.querySelectorAll('nav a')) {
    if (anchor.getAttribute('href') === `#${name}`) anchor.setAttribute('aria-current', 'page')
    else anchor.removeAttribute('aria-current')
  }
}

/** @param {import('../api.js').User} user */
function account(user) {
  return h(
    'div',
    { class: 'account' },
    h('span', { 'data-testid': 'user-name', class: 'quiet' }, user.name ?? user.email ?? 'You'),
    button('sign-out', 'Sign out', () => signOut(user.id), { class: 'plain' }),
  )
}

/**
 * A device that stays subscribed would show one person's tips to the next.
 *
 * @param {string} userId
 */
async function signOut(userId) {
  await turnOff(userId).catch(() => undefined)
  await api.logout()
  document.dispatchEvent(new CustomEvent('signed-out'))
}
