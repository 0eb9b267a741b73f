import { AdminUserDetailSchema, AdminUserSchema } from './admin.ts'
import { EventSchema } from './admin-events.ts'
import { AuditEntrySchema } from './audit.ts'
import { SessionSchema, UserSchema } from './auth.ts'
import { DecisionSchema } from './decisions.ts'
import { FeatureSchema, ScoreContextSchema } from './features.ts'
import { IntegrationSchema } from './integrations.ts'
import { PoliciesSchema, PolicySchema } from './policies.ts'
import { ProblemSchema } from './problem.ts'
import { DeviceSchema, PushResultSchema } from './push.ts'
import { SimRunSchema } from './sims.ts'
import { DayStatsSchema, StatsSchema } from './stats.ts'
import { PastTipSchema, TipSchema } from './tips.ts'
import { AccountExportSchema, ConsentSchema, ProfileSchema, ReceiptSchema } from './users.ts'

/** Schemas with a name of their own in the OpenAPI document. */
export const sharedSchemas = [
  EventSchema,
  DayStatsSchema,
  StatsSchema,
  ProblemSchema,
  UserSchema,
  SessionSchema,
  IntegrationSchema,
  TipSchema,
  PastTipSchema,
  AuditEntrySchema,
  FeatureSchema,
  ScoreContextSchema,
  PolicySchema,
  DecisionSchema,
  PoliciesSchema,
  SimRunSchema,
  AdminUserSchema,
  AdminUserDetailSchema,
  DeviceSchema,
  PushResultSchema,
  ConsentSchema,
  ProfileSchema,
  AccountExportSchema,
  ReceiptSchema,
]
