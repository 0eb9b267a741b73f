import type { Policy, Scored } from '../../sim/policies/types.ts'
import { createRandom } from '../../sim/random.ts'
import { draw } from '../../src/policies/rules.ts'
import { ServiceError } from './errors.ts'
import type { ScoreAnswer, ScoreBody } from './schemas.ts'

type Shadow = ScoreAnswer['shadows'][number]

/** A policy's scores and its draw. The stream belongs to seed and policy, so that a repeat answers the same. */
function decide(policy: Policy, body: ScoreBody): { scores: Scored[]; chosen: Scored } {
  const { user_id: userId, seed, context, features, candidates } = body
  const random = createRandom(`${seed}:${policy.name}`)
  const scores = policy.score({ userId, context, features, candidates }, random)
  return { scores, chosen: draw(scores, random.next()) }
}

function shadow(policies: ReadonlyMap<string, Policy>, name: string, body: ScoreBody): Shadow {
  const policy = policies.get(name)
  if (policy === undefined) return { name, version: '', status: 'error', message: 'unknown policy' }
  const { scores, chosen } = decide(policy, body)
  return { name, version: policy.version, status: 'ok', choice_id: chosen.id, scores }
}

function requireDistinct(candidates: ScoreBody['candidates']): void {
  const ids = new Set(candidates.map(({ id }) => id))
  if (ids.size === candidates.length) return
  throw new ServiceError(400, 'duplicate_candidate', 'candidates: an id occurs twice')
}

/**
 * Answers `/score`: the active policy decides, shadows say what they would have done.
 *
 * @throws ServiceError 400 when the active policy is unknown or a candidate occurs twice
 */
export function score(policies: ReadonlyMap<string, Policy>, body: ScoreBody): ScoreAnswer {
  requireDistinct(body.candidates)
  const active = policies.get(body.active)
  if (active === undefined) {
    throw new ServiceError(400, 'unknown_policy', `active: no policy named ${body.active}`)
  }
  const { scores, chosen } = decide(active, body)
  return {
    decision_id: body.decision_id,
    chosen_id: chosen.id,
    propensity: chosen.p,
    active: {
      name: active.name,
      version: active.version,
      cold_start: active.isCold(body.user_id),
      scores,
    },
    shadows: body.shadows.map((name) => shadow(policies, name, body)),
  }
}
