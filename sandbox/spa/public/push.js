// @ts-check
/**
 * Notices on this device. The browser's own push service is used where there is one and the person agrees; otherwise
 * the sandbox's, which plays the user agent too and streams what it decrypted.
 *
 * @typedef {{ kind: 'browser' | 'sandbox', userId: string, endpoint: string }} Device
 */
import { ApiError, api } from './api.js'
import { toast } from './notices.js'

const STORED = 'oo.device'
/** Milliseconds: without a way to its vendor a browser may never answer. */
const SUBSCRIBE_DEADLINE_MS = 5000

/** @type {EventSource | undefined} */
let stream

/**
 * The device that this browser registered for the user, if any.
 *
 * @param {string} userId
 * @returns {Device | undefined}
 */
export function deviceOf(userId) {
  /** @type {Device | null} */
  const device = JSON.parse(localStorage.getItem(STORED) ?? 'null')
  return device?.userId === userId ? device : undefined
}

/**
 * @param {string} userId
 * @param {string | null} pushServiceUrl
 */
export async function turnOn(userId, pushServiceUrl) {
  const { publicKey } = await api.pushKey()
  const own = await subscribeInBrowser(publicKey)
  const subscription = own ?? (await subscribeInSandbox(publicKey, pushServiceUrl))
  await api.subscribe(subscription)
  /** @type {Device} */
  const device = { kind: own ? 'browser' : 'sandbox', userId, endpoint: subscription.endpoint }
  localStorage.setItem(STORED, JSON.stringify(device))
  listen(userId, pushServiceUrl)
}

/** @param {string} userId */
export async function turnOff(userId) {
  const device = deviceOf(userId)
  if (!device) return
  await api.unsubscribe(device.endpoint)
  await forget()
}

/** Drops what this browser holds, without telling the API. */
export async function forget() {
  stream?.close()
  localStorage.removeItem(STORED)
  const registration = await navigator.serviceWorker?.getRegistration()
  const subscription = await registration?.pushManager?.getSubscription()
  await subscription?.unsubscribe()
}

/**
 * Shows each notice as a toast from now on.
 *
 * @param {string} userId
 * @param {string | null} pushServiceUrl
 */
export function listen(userId, pushServiceUrl) {
  stream?.close()
  const device = deviceOf(userId)
  if (device?.kind !== 'sandbox' || !pushServiceUrl) return
  const id = new URL(device.endpoint).pathname.split('/').at(-1)
  stream = new EventSource(`${pushServiceUrl}/subscriptions/${id}/stream`)
  // Each event is the push with its circumstances; `data` in it is the decrypted text.
  stream.addEventListener('message', (event) => show(JSON.parse(event.data).data))
}

navigator.serviceWorker?.addEventListener('message', ({ data }) => show(data))

/** @param {string} text a notice's payload: JSON `{ title, body }`, or plain text */
function show(text) {
  const { title, body } = readNotice(text)
  toast(title, body)
}

/** @param {string} text */
function readNotice(text) {
  try {
    const { title = 'oo', body = '' } = JSON.parse(text)
    return { title, body }
  } catch {
    return { title: 'oo', body: text }
  }
}

/**
 * @param {string} publicKey
 * @returns {Promise<PushSubscription | undefined>} undefined where the browser cannot or may not
 */
async function subscribeInBrowser(publicKey) {
  if (!('PushManager' in window) || !('Notification' in window)) return undefined
  if ((await Notification.requestPermission()) !== 'granted') return undefined
  await navigator.serviceWorker.register('/sw.js')
  const { pushManager } = await navigator.serviceWorker.ready
  const subscribing = pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  })
  const late = new Promise((resolve) => setTimeout(resolve, SUBSCRIBE_DEADLINE_MS))
  return Promise.race([subscribing, late.then(() => undefined)]).catch(() => undefined)
}

/**
 * @param {string} applicationServerKey
 * @param {string | null} pushServiceUrl
 * @returns {Promise<{ endpoint: string }>}
 */
async function subscribeInSandbox(applicationServerKey, pushServiceUrl) {
  const response =
    pushServiceUrl === null
      ? undefined
      : await fetch(`${pushServiceUrl}/subscriptions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ applicationServerKey }),
        }).catch(() => undefined)
  if (response?.ok) return response.json()
  throw new ApiError({
    status: 0,
    title: 'Notices could not be turned on',
    detail: 'No push service answered. The browser may be set to block notices from this page.',
  })
}
