// @ts-check
import { ApiError, api } from '../api.js'
import { h, panel } from '../dom.js'
import { button, load } from '../notices.js'
import { deviceOf, turnOff, turnOn } from '../push.js'

/** @param {import('../app.js').Context} context */
export function pushPanel({ user, config }) {
  const body = h('div', { 'aria-live': 'polite' })
  const refresh = () =>
    load(body, deviceCount, (count) => (count === null ? switchedOff() : state(count)))
  refresh()
  return panel('push', 'Notices', body)

  /** @param {number} count */
  function state(count) {
    const here = deviceOf(user.id) !== undefined
    return [
      h(
        'p',
        { 'data-testid': 'push-status', 'data-on': String(here) },
        here ? 'On for this device' : 'Off for this device',
      ),
      h('p', { class: 'small-print' }, `${count} ${count === 1 ? 'device' : 'devices'} in all`),
      here ? onControls() : offControls(),
    ]
  }

  function offControls() {
    const on = async () => {
      await turnOn(user.id, config.pushServiceUrl)
      await refresh()
    }
    return h('p', { class: 'row' }, button('push-on', 'Turn on', on, { class: 'primary' }))
  }

  function onControls() {
    const result = h('span', { class: 'small-print', 'data-testid': 'push-result' })
    const test = async () => {
      const { sent, removed, failed } = await api.pushTest()
      result.textContent = `Sent ${sent}, failed ${failed}, removed ${removed}.`
    }
    const off = async () => {
      await turnOff(user.id)
      await refresh()
    }
    return h(
      'p',
      { class: 'row' },
      button('push-test', 'Send a test', test),
      button('push-off', 'Turn off', off),
      result,
    )
  }
}

/** The person's devices, or null where the server has no push keys. */
async function deviceCount() {
  try {
    await api.pushKey()
  } catch (error) {
    if (error instanceof ApiError && error.problem.code === 'push_disabled') return null
    throw error
  }
  return (await api.profile()).push.devices
}

function switchedOff() {
  return [
    h(
      'p',
      { class: 'quiet', 'data-testid': 'push-status', 'data-on': 'false' },
      'Notices are switched off on this server.',
    ),
  ]
}
