import type { Static, TSchema } from '@sinclair/typebox'
import { SECOND } from '../clock.ts'
import type { Config } from '../config.ts'
import { type CallOptions, createServiceClient, type Operation } from '../http/client.ts'
import { outboundTraceparent, parseTraceparent } from '../trace.ts'
import {
  DeleteAnswer,
  GenerateAnswer,
  type GenerateRequest,
  HealthAnswer,
  PoliciesAnswer,
  RebuildAnswer,
  ResetAnswer,
  type RewardEvent,
  RewardsAnswer,
  ScoreAnswer,
  type ScoreRequest,
} from './wire.ts'

/**
 * The trace that a call belongs to. A request is one as it is, and so is the run of a job, which has a trace id alone.
 */
export interface CallTrace {
  /** 32 hex digits. */
  readonly traceId: string
  readonly traceparent?: string
  readonly tracestate?: string | undefined
}

/**
 * ml/serving, as this server calls it. Every call has a deadline of its own, in milliseconds, and a circuit breaker that
 * opens after five failures in a row and lets one call try after five seconds.
 *
 * Every method throws an `UpstreamError` when there is no usable answer. An answer has the right shape; whether a score
 * keeps the rules is for `checkScore` to say.
 */
export interface MlClient {
  /** Deadline `ML_SCORE_TIMEOUT_MS`. */
  score(request: ScoreRequest, trace: CallTrace): Promise<ScoreAnswer>
  /** Deadline `ML_GENERATE_TIMEOUT_MS`. */
  generate(request: GenerateRequest, trace: CallTrace): Promise<GenerateAnswer>
  /** At most 100 at once, each as often as needed: ml/serving counts each event id once. */
  rewards(events: RewardEvent[], trace: CallTrace): Promise<Static<typeof RewardsAnswer>>
  policies(trace: CallTrace): Promise<PoliciesAnswer>
  /** Forgets what the user taught. The same request id does it once. */
  resetUser(
    userId: string,
    requestId: string,
    reason: string | null,
    trace: CallTrace,
  ): Promise<Static<typeof ResetAnswer>>
  /** Has the user's state learned again from the start, in the background. */
  rebuildUser(
    userId: string,
    requestId: string,
    trace: CallTrace,
  ): Promise<Static<typeof RebuildAnswer>>
  /** Has everything about the user deleted; may be repeated. */
  deleteUser(userId: string, trace: CallTrace): Promise<void>
  /** @param timeoutMs a deadline closer than the client's own. */
  health(trace: CallTrace, timeoutMs?: number): Promise<void>
  close(): Promise<void>
}

export type MlConfig = Pick<
  Config,
  'ML_SERVING_URL' | 'ML_SERVING_TOKEN' | 'ML_SCORE_TIMEOUT_MS' | 'ML_GENERATE_TIMEOUT_MS'
>

const REWARDS_MS = 3 * SECOND
const POLICIES_MS = SECOND
const USER_MS = 5 * SECOND
const HEALTH_MS = 1.5 * SECOND

export function createMlClient({ config }: { config: MlConfig }): MlClient {
  const service = createServiceClient({ name: 'ml/serving', baseUrl: config.ML_SERVING_URL })
  const authorization = config.ML_SERVING_TOKEN && `Bearer ${config.ML_SERVING_TOKEN}`

  function operation<S extends TSchema>(
    method: Operation<S>['method'],
    name: string,
    timeoutMs: number,
    answer: S,
  ) {
    const call = service.operation({ name, method, timeoutMs, answer })
    return (path: string, trace: CallTrace, body?: object, closerMs = timeoutMs) =>
      call(new TimedCall({ path, trace, body, authorization }, Math.min(closerMs, timeoutMs)))
  }

  const score = operation('POST', 'score', config.ML_SCORE_TIMEOUT_MS, ScoreAnswer)
  const generate = operation('POST', 'generate', config.ML_GENERATE_TIMEOUT_MS, GenerateAnswer)
  const rewards = operation('POST', 'rewards', REWARDS_MS, RewardsAnswer)
  const policies = operation('GET', 'policies', POLICIES_MS, PoliciesAnswer)
  const reset = operation('POST', 'reset', USER_MS, ResetAnswer)
  const rebuild = operation('POST', 'rebuild', USER_MS, RebuildAnswer)
  const remove = operation('DELETE', 'delete', USER_MS, DeleteAnswer)
  const health = operation('GET', 'health', HEALTH_MS, HealthAnswer)
  const userPath = (userId: string) => `/users/${encodeURIComponent(userId)}`

  return {
    score: (request, trace) => score('/score', trace, request),
    generate: (request, trace) => generate('/generate', trace, request),
    rewards: (events, trace) => rewards('/rewards', trace, { events }),
    policies: (trace) => policies('/policies', trace),
    resetUser: (userId, requestId, reason, trace) =>
      reset(`${userPath(userId)}/reset`, trace, { request_id: requestId, reason }),
    rebuildUser: (userId, requestId, trace) =>
      rebuild(`${userPath(userId)}/rebuild`, trace, { request_id: requestId }),
    async deleteUser(userId, trace) {
      await remove(userPath(userId), trace)
    },
    async health(trace, timeoutMs) {
      await health('/health', trace, undefined, timeoutMs)
    },
    close: () => service.close(),
  }
}

interface Call {
  path: string
  trace: CallTrace
  body: object | undefined
  authorization: string | undefined
}

/**
 * The clock runs from here, but headers and time left are read when the call is sent: one that first had to wait for
 * another's attempt through a half-open breaker must not get its whole time on top.
 *
 * A class, not an object with getters: V8 gives each of those a shape of its own, among the long-lived, and all that the
 * getters know of, the whole request, outlives its answer until the next big collection.
 */
class TimedCall implements CallOptions {
  readonly #call: Call
  readonly #deadline: number

  constructor(call: Call, timeoutMs: number) {
    this.#call = call
    this.#deadline = performance.now() + timeoutMs
  }

  get path(): string {
    return this.#call.path
  }

  get body(): object | undefined {
    return this.#call.body
  }

  get timeoutMs(): number {
    return Math.max(1, Math.floor(this.#deadline - performance.now()))
  }

  get headers(): Record<string, string> {
    const { trace, authorization } = this.#call
    return {
      ...traceHeaders(trace),
      'x-deadline-ms': String(this.timeoutMs),
      ...(authorization && { authorization }),
    }
  }
}

/** The same trace with a parent id of its own for each call (W3C Trace Context, section 4.3). */
function traceHeaders({ traceId, traceparent, tracestate }: CallTrace): Record<string, string> {
  const parent = parseTraceparent(traceparent) ?? { traceId, flags: '01' }
  return { traceparent: outboundTraceparent(parent), ...(tracestate && { tracestate }) }
}
