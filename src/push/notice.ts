/** A message for a device, and how urgently it wants to be delivered (RFC 8030, section 5). */
export interface Notice {
  /** JSON `{ title, body, url, tipId? }`, which the service worker shows. At most 3 kB. */
  text: string
  ttlSeconds: number
  urgency: 'normal' | 'high'
  /** A later message of the same topic replaces one that was not delivered yet. */
  topic: string
}

const MAX_BODY_CHARACTERS = 280
const TIP_TTL_SECONDS = 6 * 60 * 60
const TEST_TTL_SECONDS = 60

/** A tip of the day: late in the day it has no use any more. */
export const tipNotice = (tip: { id: string; text: string }, url: string): Notice => ({
  text: encode({ title: 'A tip for now', body: tip.text, tipId: tip.id, url }),
  ttlSeconds: TIP_TTL_SECONDS,
  urgency: 'normal',
  topic: 'tip',
})

export const testNotice = (url: string): Notice => ({
  text: encode({ title: 'oo', body: 'Notices work on this device.', url }),
  ttlSeconds: TEST_TTL_SECONDS,
  urgency: 'high',
  topic: 'test',
})

/** Push services take 4,096 bytes encrypted: a body of so few characters fits whatever they are. */
function encode(content: { title: string; body: string; url: string; tipId?: string }): string {
  const body = [...content.body].slice(0, MAX_BODY_CHARACTERS).join('')
  return JSON.stringify({ ...content, body })
}
