import type { Database, Trx } from '../../db/open.ts'
import { countShadow } from '../../db/policies.ts'
import type { ShadowScoreRow, TipScoreRow } from '../../db/tables.ts'
import { findTip, insertShadowScores, insertTip } from '../../db/tips.ts'
import { findUser } from '../../db/users.ts'
import type { TipBody } from '../../schemas/tips.ts'
import type { Clock } from '../clock.ts'
import { Problem } from '../errors.ts'
import type { Emit, Transact } from '../events/transact.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log.ts'
import type { CallTrace, MlClient } from '../ml/client.ts'
import type { WireFeature } from '../ml/wire.ts'
import { tipBody } from './body.ts'
import { type Candidate, type Choice, findChoice } from './candidates.ts'
import { type Decision, decide } from './decide.ts'
import type { Claim, Idempotency } from './idempotency.ts'
import { coldStartRow, type RowBase, shadowRows, tipRow } from './record.ts'
import { type Wording, word } from './wording.ts'

export interface RecommendRequest extends CallTrace {
  userId: string
  /** The caller's name for this request: the same name gives the same tip for 24 hours. */
  idempotency?: { key: string; bodyHash: string }
}

/**
 * Makes a tip for a user, and stores it with everything that led to it. ml/serving being late, down or wrong never
 * fails it, and never holds it up for longer than the two deadlines.
 *
 * @throws {Problem} 409 and 422 for an idempotency key, 401 when the user was deleted meanwhile.
 */
export type Recommend = (request: RecommendRequest) => Promise<TipBody>

export interface RecommendDeps {
  db: Database
  clock: Clock
  log: Log
  transact: Transact
  ml: MlClient
  features: { forUser(userId: string): Promise<Record<string, WireFeature>> }
  policies: { inForce(): Promise<{ active: string; shadows: string[] }> }
  idempotency: Idempotency
  /** Prompt variants, one of which is drawn for each decision. */
  prompts: readonly string[]
}

export function createRecommend(deps: RecommendDeps): Recommend {
  const { db, clock, log, transact, ml, idempotency } = deps

  async function make(request: RecommendRequest, claim?: Claim): Promise<TipBody> {
    const startedAt = performance.now()
    const id = newId()
    const choice = await findChoice(db, clock, request.userId)
    const made = choice.candidates.length > 0 ? await choose(request, id, choice) : undefined
    const base: RowBase = {
      id,
      userId: request.userId,
      traceId: request.traceId,
      createdAt: clock(),
      latencyMs: Math.round(performance.now() - startedAt),
    }
    const row = made ? tipRow(base, { choice, ...made }) : coldStartRow(base, choice)
    await transact(request.traceId, async (trx, emit) => {
      await store(trx, emit, row)
      if (made) await storeShadows(trx, shadowRows(base, made.decision))
      if (claim) await idempotency.fulfil(trx, claim, id)
    })
    return tipBody(row)
  }

  /** Decides which task, and says it in words. */
  async function choose(request: RecommendRequest, id: string, choice: Choice) {
    const { userId, traceId } = request
    const { context, candidates } = choice
    const [features, policies] = await Promise.all([
      deps.features.forUser(userId),
      deps.policies.inForce(),
    ])
    const scoreRequest = {
      decision_id: id,
      user_id: userId,
      seed: id,
      context,
      features,
      candidates: candidates.map((candidate) => ({
        id: candidate.id,
        features: candidate.features,
      })),
      ...policies,
    }
    const decision = await decide(ml, scoreRequest, candidates, request)
    const chosen = candidates.find((candidate) => candidate.id === decision.chosenId) as Candidate
    const wordingRequest = { decisionId: id, userId, candidate: chosen, context }
    const wording = await word(ml, deps.prompts, wordingRequest, request)
    report(log, { tipId: id, traceId }, decision, wording)
    return { features, decision, chosen, wording }
  }

  async function replay(userId: string, tipId: string): Promise<TipBody> {
    const row = await findTip(db, userId, tipId)
    if (!row) throw new Problem('not_found')
    return tipBody(row)
  }

  return async (request) => {
    if (!request.idempotency) return make(request)
    const claimed = await idempotency.claim({ userId: request.userId, ...request.idempotency })
    if ('tipId' in claimed) return replay(request.userId, claimed.tipId)
    try {
      return await make(request, claimed.claim)
    } catch (error) {
      await idempotency.release(claimed.claim)
      throw error
    }
  }
}

async function store(trx: Trx, emit: Emit, row: TipScoreRow): Promise<void> {
  // An account can be deleted while ml/serving takes its time.
  if (!(await findUser(trx, row.user_id))) throw new Problem('unauthenticated')
  await insertTip(trx, row)
  await emit('signals.tip.served', row.user_id, {
    tipId: row.id,
    source: row.source,
    policy: row.policy,
    latencyMs: row.latency_ms,
  })
}

/** The rows go with the retention purge; their count stays. */
async function storeShadows(trx: Trx, rows: ShadowScoreRow[]): Promise<void> {
  await insertShadowScores(trx, rows)
  await countShadow(trx, rows)
}

function report(log: Log, about: object, decision: Decision, wording: Wording): void {
  if (decision.fallbackReason) {
    log.warn({ ...about, reason: decision.fallbackReason }, 'the rules chose the tip')
  }
  if (wording.failure) {
    log.warn({ ...about, reason: wording.failure }, 'a template words the tip')
  }
}
