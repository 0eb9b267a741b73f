import { type Static, Type } from '@sinclair/typebox'
import { Time } from './common.ts'
import { Nullable } from './ref.ts'

export const PushKeySchema = Type.Object({
  publicKey: Type.String({ description: '`applicationServerKey` of `pushManager.subscribe`' }),
})

const Endpoint = Type.String({
  minLength: 1,
  maxLength: 2_000,
  description: 'Where the push service takes messages for this browser',
  examples: ['https://fcm.googleapis.com/fcm/send/abc'],
})

/** `PushSubscription.toJSON()` of the Push API. */
export const PushSubscriptionBody = Type.Object(
  {
    endpoint: Endpoint,
    expirationTime: Type.Optional(Nullable(Type.Number())),
    keys: Type.Object(
      {
        p256dh: Type.String({ maxLength: 200, description: 'A P-256 point, base64url' }),
        auth: Type.String({ maxLength: 200, description: 'At least 16 bytes, base64url' }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
)
export type PushSubscriptionJson = Static<typeof PushSubscriptionBody>

export const UnsubscribeBody = Type.Object({ endpoint: Endpoint }, { additionalProperties: false })

export const DeviceSchema = Type.Object(
  { id: Type.String(), createdAt: Time() },
  { $id: 'Device', title: 'Device' },
)
export type DeviceBody = Static<typeof DeviceSchema>

export const PushResultSchema = Type.Object(
  {
    sent: Type.Integer({ description: 'Devices whose push service took the message' }),
    removed: Type.Integer({ description: 'Devices that are gone; they are forgotten' }),
    failed: Type.Integer({ description: 'Devices to which it could not be sent now' }),
  },
  { $id: 'PushResult', title: 'PushResult' },
)
export type PushResult = Static<typeof PushResultSchema>
