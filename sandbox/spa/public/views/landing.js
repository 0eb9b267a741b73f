// @ts-check
import { api } from '../api.js'
import { h } from '../dom.js'
import { button } from '../notices.js'

export function landingView() {
  return h(
    'section',
    { class: 'hero', 'data-testid': 'landing', 'aria-labelledby': 'landing-title' },
    h(
      'h1',
      { id: 'landing-title' },
      'One small, ',
      h('span', { class: 'nowrap' }, 'well-chosen'),
      ' tip at a time.',
    ),
    h(
      'p',
      { class: 'lead' },
      'oo reads your open tasks and suggests one thing worth doing now. Nothing more.',
    ),
    h(
      'p',
      { class: 'row' },
      button('sign-in', 'Sign in with Google', signIn, { class: 'primary' }),
    ),
    h(
      'p',
      { class: 'small-print' },
      'Signing in accepts the terms. You can take everything with you, or erase it, at any time.',
    ),
  )
}

async function signIn() {
  const { authorizationUrl } = await api.login()
  location.assign(authorizationUrl)
}
