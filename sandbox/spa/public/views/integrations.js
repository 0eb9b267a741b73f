// @ts-check
import { api } from '../api.js'
import { h, panel } from '../dom.js'
import { button, load } from '../notices.js'
import { ago } from '../time.js'

/** Milliseconds between looks at a sync under way, and how many looks are worth it. */
const LOOK_MS = 1000
const LOOKS = 15

/** @type {Record<string, string>} */
const STATUSES = {
  connected: 'Connected',
  disconnected: 'Not connected',
  reauthorize: 'Needs to be connected again',
  failing: 'Connected, but the last sync failed',
}

/** @param {string} provider */
export async function connect(provider) {
  const { authorizationUrl } = await api.connect(provider)
  location.assign(authorizationUrl)
}

export function integrationsPanel() {
  const body = h('div', { 'aria-live': 'polite' })
  const refresh = () => load(body, api.integrations, render)
  refresh()
  return panel('integrations', 'Connections', body)

  /** @param {{ integrations: import('../api.js').Integration[] }} answer */
  function render({ integrations }) {
    for (const one of integrations.filter(isFirstSync)) settled(one).then(refresh, () => undefined)
    return integrations.map((one) => row(one, refresh))
  }
}

/** @param {import('../api.js').Integration} integration */
function isFirstSync({ status, lastSyncedAt }) {
  return status === 'connected' && lastSyncedAt === null
}

/**
 * @param {import('../api.js').Integration} integration
 * @param {() => Promise<void>} refresh
 */
function row(integration, refresh) {
  const { provider, status, lastError } = integration
  const name = provider.charAt(0).toUpperCase() + provider.slice(1)
  return h(
    'div',
    { class: 'item', 'data-testid': `integration-${provider}` },
    h('h3', {}, name),
    h(
      'p',
      { 'data-testid': 'integration-status', 'data-status': status },
      STATUSES[status] ?? status,
    ),
    status !== 'disconnected' && h('p', { class: 'small-print' }, syncText(integration)),
    lastError && h('p', { class: 'small-print overdue' }, lastError),
    h('p', { class: 'row' }, ...controls(integration, name, refresh)),
  )
}

/** @param {import('../api.js').Integration} integration */
function syncText({ taskCount, lastSyncedAt, nextSyncAt }) {
  const tasks = `${taskCount} open ${taskCount === 1 ? 'task' : 'tasks'}`
  if (!lastSyncedAt) return 'The first sync is under way.'
  return `${tasks} · synced ${ago(lastSyncedAt)}${nextSyncAt ? ` · next ${ago(nextSyncAt)}` : ''}`
}

/**
 * @param {import('../api.js').Integration} integration
 * @param {string} name
 * @param {() => Promise<void>} refresh
 */
function controls(integration, name, refresh) {
  const { provider, status } = integration
  const connectButton = button(`connect-${provider}`, `Connect ${name}`, () => connect(provider), {
    class: 'primary',
  })
  if (status === 'disconnected') return [connectButton]
  const sync = button(`sync-${provider}`, 'Sync now', async () => {
    await api.sync(provider)
    await settled(integration).catch(() => undefined)
    await refresh()
  })
  const disconnect = button(`disconnect-${provider}`, 'Disconnect', async () => {
    await api.disconnect(provider)
    await refresh()
  })
  return status === 'reauthorize' ? [connectButton, disconnect] : [sync, disconnect]
}

/**
 * Waits until a sync has written how it ended. Rejects when it takes longer than is worth waiting for.
 *
 * @param {import('../api.js').Integration} before
 */
async function settled(before) {
  for (let look = 0; look < LOOKS; look++) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    const { integrations } = await api.integrations()
    const now = integrations.find(({ provider }) => provider === before.provider)
    if (now && outcome(now) !== outcome(before)) return
  }
  throw new Error('the sync is still under way')
}

/** @param {import('../api.js').Integration} integration */
function outcome({ status, lastSyncedAt, lastError }) {
  return JSON.stringify([status, lastSyncedAt, lastError])
}
