import { SessionSchema, UserSchema } from './auth.ts'
import { ProblemSchema } from './problem.ts'

/** Schemas with a name of their own in the OpenAPI document. */
export const sharedSchemas = [ProblemSchema, UserSchema, SessionSchema]
