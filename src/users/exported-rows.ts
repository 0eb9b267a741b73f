import type { Selectable } from 'kysely'
import type {
  EventRow,
  ShadowScoreRow,
  TaskRow,
  TipFeedbackRow,
  TipScoreRow,
} from '../../db/tables.ts'
import type { ExportedEvent, ExportedTask, ExportedTip } from '../../schemas/users.ts'
import { toIso, toIsoOrNull } from '../clock.ts'

/** Rows as their owner reads them in an export: all that is stored, in the API's words. */

export const exportedTask = (row: TaskRow): ExportedTask => ({
  id: row.id,
  provider: row.provider,
  status: row.status,
  content: row.content,
  description: row.description,
  project: row.project,
  labels: JSON.parse(row.labels),
  priority: row.priority,
  due: row.due,
  dueTimeZone: row.due_time_zone,
  isRecurring: row.is_recurring === 1,
  url: row.url,
  addedAt: toIsoOrNull(row.added_at),
  updatedAt: toIsoOrNull(row.updated_at),
  completedAt: toIsoOrNull(row.completed_at),
})

export const exportedTip = (
  row: TipScoreRow,
  feedback: readonly TipFeedbackRow[],
  shadows: readonly ShadowScoreRow[],
): ExportedTip => ({
  id: row.id,
  createdAt: toIso(row.created_at),
  text: row.text,
  task: row.task === null ? null : JSON.parse(row.task),
  source: row.source,
  fallbackReason: row.fallback_reason,
  policy: row.policy,
  policyVersion: row.policy_version,
  promptVersion: row.prompt_version,
  textModel: row.text_model,
  chosenId: row.chosen_id,
  propensity: row.propensity,
  candidates: JSON.parse(row.candidates),
  context: JSON.parse(row.context),
  features: JSON.parse(row.features),
  seed: row.seed,
  latencyMs: row.latency_ms,
  traceId: row.trace_id,
  feedback: feedback.map((one) => ({
    action: one.action,
    reward: one.reward,
    rewardVersion: one.reward_version,
    createdAt: toIso(one.created_at),
  })),
  shadows: shadows.map((one) => ({
    name: one.name,
    version: one.version,
    status: one.status,
    choiceId: one.choice_id,
    agreed: one.agreed === 1,
    scores: JSON.parse(one.scores),
  })),
})

export const exportedEvent = (row: Selectable<EventRow>): ExportedEvent => ({
  id: row.id,
  type: row.type,
  occurredAt: toIso(row.occurred_at),
  traceId: row.trace_id,
  payload: JSON.parse(row.payload),
})
