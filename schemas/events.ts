import { type Static, Type } from '@sinclair/typebox'

/**
 * The payload of each event, by type. An event names rows by id and tells what changed; it carries nothing that
 * identifies a person, so it may outlive the account it speaks of.
 */
export const eventPayloads = {
  'signals.user.created': Type.Object({}),
  'signals.user.deleted': Type.Object({}),
  'signals.session.started': Type.Object({ sessionId: Type.String(), kind: Type.String() }),
  'signals.session.ended': Type.Object({
    sessionId: Type.String(),
    reason: Type.String({ description: 'logout, replaced, ended, expired' }),
  }),
  'signals.integration.connected': Type.Object({ provider: Type.String() }),
  'signals.integration.disconnected': Type.Object({ provider: Type.String() }),
  'signals.integration.failed': Type.Object({ provider: Type.String(), error: Type.String() }),
  'signals.task.synced': Type.Object({
    provider: Type.String(),
    full: Type.Boolean(),
    added: Type.Integer(),
    updated: Type.Integer(),
    removed: Type.Integer(),
    open: Type.Integer(),
  }),
  'signals.tip.served': Type.Object({
    tipId: Type.String(),
    source: Type.String(),
    policy: Type.String(),
    latencyMs: Type.Integer(),
  }),
  'signals.tip.feedback': Type.Object({
    tipId: Type.String(),
    action: Type.String(),
    reward: Type.Number(),
    rewardVersion: Type.String(),
    chosenId: Type.Union([Type.String(), Type.Null()]),
    propensity: Type.Union([Type.Number(), Type.Null()]),
  }),
  'signals.push.sent': Type.Object({
    sent: Type.Integer(),
    removed: Type.Integer(),
    failed: Type.Integer(),
  }),
  'signals.policy.toggled': Type.Object({ policy: Type.String(), enabled: Type.Boolean() }),
  'signals.sim.queued': Type.Object({ runId: Type.String() }),
  'signals.sim.started': Type.Object({ runId: Type.String() }),
  'signals.sim.finished': Type.Object({ runId: Type.String(), status: Type.String() }),
  'signals.admin.action': Type.Object({ action: Type.String(), target: Type.String() }),
} as const

export type EventType = keyof typeof eventPayloads
export type EventPayload<T extends EventType> = Static<(typeof eventPayloads)[T]>
