import { type Static, Type } from '@sinclair/typebox'
import { Time } from './common.ts'
import { Nullable, ref } from './ref.ts'

export const IntegrationSchema = Type.Object(
  {
    provider: Type.String({ examples: ['todoist'] }),
    status: Type.String({
      enum: ['connected', 'disconnected', 'reauthorize', 'failing'],
      description: '`reauthorize`: syncing has stopped until the user connects again',
    }),
    connectedAt: Nullable(Time()),
    lastSyncedAt: Nullable(Time('Null until the first sync has ended')),
    nextSyncAt: Nullable(Time()),
    lastError: Nullable(
      Type.String({
        description:
          'How the last sync failed: rate_limited, unauthorized, provider_unavailable or bad_answer',
      }),
    ),
    taskCount: Type.Integer({ minimum: 0, description: 'Open tasks' }),
  },
  { $id: 'Integration', title: 'Integration' },
)
export type IntegrationBody = Static<typeof IntegrationSchema>

export const IntegrationsSchema = Type.Object({
  integrations: Type.Array(ref(IntegrationSchema), {
    description: 'One for each provider that the server knows',
  }),
})

export const SyncStartedSchema = Type.Object({
  startedAt: Time('When the sync under way has started'),
})
