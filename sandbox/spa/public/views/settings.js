// @ts-check
import { h, link, panel } from '../dom.js'
import { accountPanel } from './account.js'
import { integrationsPanel } from './integrations.js'
import { profilePanel } from './profile.js'
import { pushPanel } from './push.js'
import { sessionsPanel } from './sessions.js'

/** @param {import('../app.js').Context} context */
export function settingsView(context) {
  return h(
    'div',
    { class: 'page', 'data-testid': 'settings' },
    h('h1', {}, 'Settings'),
    integrationsPanel(),
    pushPanel(context),
    sessionsPanel(),
    profilePanel(),
    context.user.role === 'admin' && adminLinks(context),
    accountPanel(),
  )
}

/** @param {import('../app.js').Context} context */
function adminLinks({ config }) {
  const docs = { label: 'API documentation', href: `${config.apiBaseUrl}/api/docs` }
  const links = [docs, ...config.extraLinks].map(({ label, href }) =>
    h('li', {}, link(href, label)),
  )
  return panel('admin-links', 'For administrators', h('ul', { class: 'list' }, ...links))
}
