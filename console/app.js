import { client } from './lib/api.js'
import { byId, fill, h } from './lib/dom.js'
import { startRouter } from './lib/router.js'
import { failed, loading } from './lib/states.js'
import { audit } from './pages/audit.js'
import { decision, decisions } from './pages/decisions.js'
import { events } from './pages/events.js'
import { features } from './pages/features.js'
import { health } from './pages/health.js'
import { overview } from './pages/overview.js'
import { policies } from './pages/policies.js'
import { signIn } from './pages/sign-in.js'
import { simulation } from './pages/simulation.js'
import { simulations } from './pages/simulations.js'
import { user } from './pages/user.js'
import { users } from './pages/users.js'

const SECTIONS = [
  ['', 'Overview'],
  ['policies', 'Policies'],
  ['decisions', 'Decisions'],
  ['users', 'Users'],
  ['features', 'Features'],
  ['simulations', 'Simulations'],
  ['events', 'Events'],
  ['audit', 'Audit'],
  ['health', 'Health'],
]

async function start() {
  fill(byId('page'), loading())
  try {
    const who = await client.signedIn()
    if (who?.role === 'admin') enter(who.name ?? who.email ?? 'Administrator')
    else fill(byId('page'), signIn(who, start))
  } catch (error) {
    fill(byId('page'), failed(error, start))
  }
}

/** @param {string} name */
function enter(name) {
  const links = SECTIONS.map(([path, label]) => h('a', { href: `/admin/${path}` }, label))
  fill(
    byId('head'),
    h(
      'a',
      { class: 'brand', href: '/admin/' },
      h('img', { src: '/admin/mark.svg', alt: '' }),
      'oo console',
    ),
    h('nav', { 'aria-label': 'Sections' }, ...links),
    h(
      'div',
      { class: 'who' },
      h('span', {}, name),
      h('button', { type: 'button', onclick: leave }, 'Sign out'),
    ),
  )
  startRouter({
    '': overview,
    policies,
    decisions,
    'decisions/:id': decision,
    users,
    'users/:id': user,
    features,
    simulations,
    'simulations/:id': simulation,
    events,
    audit,
    health,
  })
}

async function leave() {
  await client.signOut()
  location.assign('/admin/')
}

start()
