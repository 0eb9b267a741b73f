import { client, wordsOf } from '../lib/api.js'
import { fieldsOf, h } from '../lib/dom.js'

/** @typedef {import('../lib/api.js').Schemas['User']} User */

const LOOK_EVERY_MS = 1_000

/** Who is not an administrator sees this instead of the console. @param {User | undefined} who @param {() => void} done */
export function signIn(who, done) {
  document.title = 'Sign in · oo console'
  const said = h('p', { class: 'problem', role: 'alert' })
  const google = h(
    'button',
    { type: 'button', class: 'primary', onclick: byGoogle },
    'Sign in with Google',
  )
  const token = h('input', { name: 'token', type: 'password', required: true, autocomplete: 'off' })

  /** @param {() => Promise<unknown>} way */
  async function attempt(way) {
    said.textContent = ''
    try {
      await way()
      done()
    } catch (error) {
      said.textContent = wordsOf(error)
    }
  }

  async function byGoogle() {
    google.disabled = true
    await attempt(withGoogle)
    google.disabled = false
  }

  /** @param {SubmitEvent} event */
  function withToken(event) {
    event.preventDefault()
    attempt(() =>
      client.signIn(fieldsOf(/** @type {HTMLFormElement} */ (event.target)).token ?? ''),
    )
  }

  return h(
    'section',
    { class: 'gate card' },
    h('img', { src: '/admin/mark.svg', alt: '', width: '48', height: '48' }),
    h('h1', {}, 'oo console'),
    who && h('p', {}, `${who.name ?? who.email} is signed in here, and is no administrator.`),
    google,
    h(
      'p',
      { class: 'quiet' },
      'For those whose address is in ',
      h('code', {}, 'ADMIN_EMAILS'),
      '.',
    ),
    h('hr'),
    h(
      'form',
      { onsubmit: withToken },
      h('label', {}, 'Admin token', token),
      h('button', {}, 'Sign in with the token'),
    ),
    said,
  )
}

/**
 * Google sends the browser back to the web app, so its sign-in happens in a window of its own; this one waits until
 * somebody is signed in.
 */
async function withGoogle() {
  const before = await client.signedIn()
  const popup = window.open('', 'oo-sign-in', 'width=520,height=700')
  const { data } = await client.api.POST('/api/auth/login', {
    body: { returnTo: '/' },
    headers: { accept: 'application/json' },
  })
  if (!data) throw new Error('The sign-in could not be started.')
  if (!popup) throw new Error('The browser did not open the window for the sign-in.')
  popup.location.href = data.authorizationUrl
  while (!popup.closed) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS))
    const who = await client.signedIn()
    if (who && who.id !== before?.id) popup.close()
  }
}
