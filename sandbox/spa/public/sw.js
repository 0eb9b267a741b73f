// @ts-check
/** Service worker: shows a push message as a notice, and hands it to the open pages. */

const worker = /** @type {any} */ (globalThis)

worker.addEventListener('push', (/** @type {any} */ event) => event.waitUntil(notify(event.data)))
worker.addEventListener('notificationclick', (/** @type {any} */ event) => {
  event.notification.close()
  event.waitUntil(worker.clients.openWindow('/'))
})

/** @param {{ text(): string } | null} data */
async function notify(data) {
  const text = data?.text() ?? ''
  const { title = 'oo', body = '' } = parse(text)
  const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true })
  for (const page of pages) page.postMessage(text)
  await worker.registration.showNotification(title, { body, icon: '/mark.svg' })
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text)
  } catch {
    return { body: text }
  }
}
