// @ts-check
/**
 * The page: reads where the API is, finds out who is signed in, and shows one view at a time
 * (`#` the tip, `#past` past tips, `#settings` everything else).
 *
 * Stable hooks for browser tests (`data-testid`):
 *   everywhere   nav-tip, nav-past, nav-settings, user-name, sign-out, banner, problem, retry, toast
 *   signed out   landing, sign-in
 *   tip          tip-view, get-tip, tip-card, tip-text, tip-task, tip-due, tip-small-print, answers, answer-done,
 *                answer-helpful, answer-snooze, answer-not-helpful, answer-dismiss, answered, connect-todoist
 *   past         past-tips, past-tip, past-tip-text, past-tip-feedback, more-tips, no-tips (answers as above)
 *   settings     settings, integrations, integration-todoist, integration-status, connect-todoist, sync-todoist,
 *                disconnect-todoist; push, push-status, push-on, push-off, push-test, push-result;
 *                sessions, session, session-current, end-session, end-other-sessions; profile, consents, consent;
 *                account, export, delete-account, delete-dialog, confirm-delete, cancel-delete; admin-links
 *   after        deleted, receipt, back-to-start
 */
import { api, connectTo } from './api.js'
import { h } from './dom.js'
import { load } from './notices.js'
import { listen } from './push.js'
import { showCurrent, signedInHeader, signedOutHeader } from './views/header.js'
import { landingView } from './views/landing.js'
import { pastView } from './views/past.js'
import { settingsView } from './views/settings.js'
import { tipView } from './views/tip.js'

/**
 * @typedef {{ apiBaseUrl: string, pushServiceUrl: string | null, extraLinks: { label: string, href: string }[] }} Config
 * @typedef {{ user: import('./api.js').User, config: Config }} Context what every signed-in view needs
 * @typedef {{ testid: string, label: string, view: (context: Context) => HTMLElement }} View
 */

/** @type {View} */
const START = { testid: 'nav-tip', label: 'Tip', view: tipView }

/** By the address's fragment. */
const VIEWS = new Map([
  ['', START],
  ['past', { testid: 'nav-past', label: 'Past tips', view: pastView }],
  ['settings', { testid: 'nav-settings', label: 'Settings', view: settingsView }],
])

const header = /** @type {HTMLElement} */ (document.getElementById('header'))
const main = /** @type {HTMLElement} */ (document.getElementById('main'))
/** @type {Context | undefined} */
let context

window.addEventListener('hashchange', () => showView({ focus: true }))
document.addEventListener('session-lost', () => {
  if (context) showLanding('Your session has ended. Sign in again to go on.')
})
document.addEventListener('signed-out', () => {
  location.hash = ''
  showLanding('You are signed out.')
})
document.addEventListener('account-deleted', () => {
  context = undefined
  header.replaceChildren(signedOutHeader())
})
start()

function start() {
  header.replaceChildren(signedOutHeader())
  return load(main, whoIsThere, ({ config, user }) => {
    const news = takeNews(user !== undefined)
    if (!user) return landing(news)
    context = { user, config }
    listen(user.id, config.pushServiceUrl)
    header.replaceChildren(...signedInHeader(user, VIEWS))
    return [...banner(news), currentView(context)]
  })
}

async function whoIsThere() {
  /** @type {Config} */
  const config = await (await fetch('/config.json')).json()
  connectTo(config.apiBaseUrl)
  const { user } = await api.session()
  return { config, user }
}

/** @param {string} [message] */
function showLanding(message) {
  context = undefined
  header.replaceChildren(signedOutHeader())
  main.replaceChildren(...landing(message))
}

/** @param {string} [message] */
function landing(message) {
  document.title = 'oo'
  return [...banner(message), landingView()]
}

/** @param {{ focus: boolean }} options a change of view takes the focus along, for keyboards and screen readers */
function showView({ focus }) {
  if (!context) return
  main.replaceChildren(currentView(context))
  if (focus) main.focus()
}

/** @param {Context} context */
function currentView(context) {
  const name = location.hash.slice(1)
  const { view, label } = VIEWS.get(name) ?? START
  document.title = `${label} · oo`
  showCurrent(header, name)
  return view(context)
}

/**
 * What the way back from a provider brought in the query, said once: the address is cleaned.
 *
 * @param {boolean} signedIn
 */
function takeNews(signedIn) {
  const query = new URLSearchParams(location.search)
  if (query.size) history.replaceState(null, '', location.pathname + location.hash)
  if (query.get('connected') === 'todoist')
    return 'Todoist is connected. Your tasks are being fetched.'
  const error = query.get('error')
  if (error === 'access_denied')
    return signedIn
      ? 'Todoist was not connected: access was declined.'
      : 'You were not signed in: access was declined.'
  return error ? 'That did not work. Nothing was changed.' : undefined
}

/** @param {string} [message] */
function banner(message) {
  return message
    ? [h('p', { class: 'banner', role: 'status', 'data-testid': 'banner' }, message)]
    : []
}
