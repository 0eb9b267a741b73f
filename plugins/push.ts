import fp from 'fastify-plugin'
import type { DeviceBody, PushResult, PushSubscriptionJson } from '../schemas/push.ts'
import { MINUTE, SECOND } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import { sendDueTips } from '../src/push/daily-tip.ts'
import { subscribe, unsubscribe } from '../src/push/devices.ts'
import { type Notice, tipNotice } from '../src/push/notice.ts'
import { notify } from '../src/push/notify.ts'
import { createResolve } from '../src/push/resolve.ts'
import { createSender } from '../src/push/send.ts'

export interface Push {
  /** The VAPID key to which browsers bind their subscriptions. */
  publicKey: string
  subscribe(
    userId: string,
    subscription: PushSubscriptionJson,
  ): Promise<{ created: boolean; device: DeviceBody }>
  unsubscribe(userId: string, endpoint: string): Promise<void>
  /** Sends a notice to all devices of a user. */
  notify(userId: string, notice: Notice, traceId: string): Promise<PushResult>
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Web push, or null while the VAPID keys are empty. */
    push: Push | null
  }
}

const RESOLVE_TIMEOUT_MS = 1 * SECOND

/** Web push, and the tip that each user with a device gets at `PUSH_CRON`. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    if (!config.VAPID_PUBLIC_KEY) {
      app.decorate('push', null)
      return
    }
    const { db, transact, clock, secretBox } = app
    const allowedOrigins = new Set(config.PUSH_ALLOWED_ORIGINS)
    const resolve = createResolve(RESOLVE_TIMEOUT_MS)
    const sender = createSender({
      vapid: {
        subject: config.VAPID_SUBJECT,
        publicKey: config.VAPID_PUBLIC_KEY,
        privateKey: config.VAPID_PRIVATE_KEY,
      },
      allowedOrigins,
      resolve,
      clock,
      onFailure: (failure) =>
        // A refused VAPID key is our own fault, and no device hears anything until it is mended.
        app.log[failure.reason === 'vapid' ? 'error' : 'warn'](failure, 'a push was not delivered'),
    })
    app.addHook('onClose', () => sender.close())

    const devices = { db, clock, secretBox, allowedOrigins, resolve }
    const push: Push = {
      publicKey: config.VAPID_PUBLIC_KEY,
      subscribe: (userId, subscription) => subscribe(devices, userId, subscription),
      unsubscribe: (userId, endpoint) => unsubscribe(devices, userId, endpoint),
      notify: (userId, notice, traceId) =>
        notify({ db, transact, clock, secretBox, sender }, userId, notice, traceId),
    }
    app.decorate('push', push)

    if (!config.PUSH_CRON) return
    const round = {
      db,
      clock,
      cron: config.PUSH_CRON,
      async deliver(userId: string, traceId: string) {
        const tip = await app.tips.recommend({ userId, traceId })
        await push.notify(userId, tipNotice(tip, `${config.WEB_BASE_URL}/`), traceId)
      },
      onFailure: (err: unknown, traceId: string) =>
        app.log.error({ err, traceId }, 'a tip could not be pushed'),
    }
    app.addJob({
      name: 'push tips',
      cron: config.PUSH_CRON,
      run: (run) => sendDueTips(round, run),
    })
    // What a crash or a missed moment left over.
    app.addJob({
      name: 'push tips left over',
      everyMs: 10 * MINUTE,
      firstDelayMs: 5 * SECOND,
      run: (run) => sendDueTips(round, run),
    })
  },
  { name: 'push', dependencies: ['events', 'secrets', 'schedule', 'tips'] },
)
