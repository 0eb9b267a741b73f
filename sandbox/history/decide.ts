import type { ShadowScoreRow, TipFeedbackRow, TipScoreRow } from '../../db/tables.ts'
import type { FeedbackAction } from '../../schemas/tips.ts'
import type { Random } from '../../sim/random.ts'
import type { LoggedCandidate } from '../../src/tips/record.ts'
import { REWARD_VERSION, REWARDS } from '../../src/tips/rewards.ts'
import { pastId, pastTraceId } from './ids.ts'
import type { Person } from './people.ts'

export const ACTIVE = 'linucb'
/** Each with how often it sees things as the active one does. */
const SHADOWS = { thompson: 0.72, 'epsilon-greedy': 0.58, rules: 0.41 }

/** What the day was like. */
export interface Weather {
  /** How much was learnt by then, 0 to 1. */
  learnt: number
  /** Share of the decisions that the rules had to make. */
  outage: number
  /** Factor on every latency. */
  slowness: number
}

export interface PastTip {
  tip: TipScoreRow
  shadows: ShadowScoreRow[]
  answers: TipFeedbackRow[]
}

/** One tip of the past: its decision with candidates and shadows, and what the person made of it. */
export function pastTip(
  random: Random,
  userId: string,
  person: Person,
  at: number,
  weather: Weather,
): PastTip {
  const failed = random.next() < 0.012 + weather.outage
  const candidates = scored(random, person, weather)
  const chosen = draw(random, candidates)
  const content = person.tasks[candidates.indexOf(chosen)] ?? ''
  const id = pastId(random, at)
  const tip: TipScoreRow = {
    id,
    user_id: userId,
    created_at: at,
    source: failed ? 'rules' : 'model',
    fallback_reason: failed ? 'timeout' : null,
    policy: failed ? 'rules' : ACTIVE,
    policy_version: '1',
    prompt_version: failed ? null : 'calm-2',
    text_model: failed ? null : 'sandbox-writer',
    text: failed ? `Next: ${content}.` : `${content}: ten minutes now would do.`,
    task: JSON.stringify({
      id: chosen.id,
      content,
      due: null,
      priority: chosen.features.priority,
      url: `https://app.todoist.com/app/task/${chosen.id.slice(8)}`,
    }),
    chosen_id: chosen.id,
    propensity: chosen.p,
    candidates: JSON.stringify(candidates),
    context: JSON.stringify({ hour: new Date(at).getUTCHours(), dow: new Date(at).getUTCDay() }),
    features: JSON.stringify(profile(random, candidates.length)),
    seed: id,
    latency_ms: Math.round(
      (failed ? 310 : 45) + weather.slowness * 60 * Math.exp(0.6 * random.normal()),
    ),
    trace_id: pastTraceId(random),
  }
  return {
    tip,
    shadows: failed ? [] : shadowsOf(random, tip, candidates),
    answers: answersTo(random, tip, person, weather),
  }
}

const round = (value: number) => Number(value.toFixed(4))

/** Open tasks with the features that policies see; the more was learnt, the surer the probabilities. */
function scored(random: Random, person: Person, { learnt }: Weather): LoggedCandidate[] {
  const candidates = person.tasks.map((_, index) => {
    const features = {
      overdue_days: Math.max(0, random.below(9) - 5),
      due_today: random.below(2),
      priority: 1 + random.below(4),
      age_days: random.below(40),
    }
    const score = 0.3 * features.due_today + 0.15 * features.priority + 0.1 * features.overdue_days
    return {
      id: `todoist:${7_000 + index}`,
      features,
      score: round(score),
      p: 0,
      q_hat: round(0.1 + 0.35 * score),
    }
  })
  const weights = candidates.map(({ score }) => Math.exp(score * (1 + 4 * learnt)))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return candidates.map((candidate, index) => ({ ...candidate, p: (weights[index] ?? 0) / sum }))
}

function draw(random: Random, candidates: LoggedCandidate[]): LoggedCandidate {
  let left = random.next()
  const found = candidates.find(({ p }) => {
    left -= p
    return left < 0
  })
  const drawn = found ?? candidates.at(-1)
  if (!drawn) throw new Error('a person of the past has no tasks')
  return drawn
}

/** Some of the profile, of believable ages. */
function profile(random: Random, open: number) {
  const age_s = random.below(3_000)
  const fresh = (value: number) => ({ value, age_s, status: 'fresh' })
  return {
    done_7d: fresh(random.below(9)),
    act_rate_28d: fresh(round(0.2 + 0.5 * random.next())),
    open_tasks: random.next() < 0.05 ? { value: open, age_s: 4_000, status: 'stale' } : fresh(open),
    median_age_days: fresh(round(3 + 20 * random.next())),
  }
}

const shadowsOf = (
  random: Random,
  tip: TipScoreRow,
  candidates: LoggedCandidate[],
): ShadowScoreRow[] =>
  Object.entries(SHADOWS).map(([name, agreement]) => {
    const other = candidates[random.below(candidates.length)]?.id ?? null
    const choice_id = random.next() < agreement ? tip.chosen_id : other
    const scores = candidates.map(({ id, score, p, q_hat }) => ({ id, score, p, q_hat }))
    return {
      tip_id: tip.id,
      user_id: tip.user_id,
      name,
      version: '1',
      status: 'ok',
      choice_id,
      agreed: Number(choice_id === tip.chosen_id),
      scores: JSON.stringify(scores),
    }
  })

/** Most tips are seen, many are acted on, more so the more was learnt. */
function answersTo(
  random: Random,
  tip: TipScoreRow,
  { diligence }: Person,
  { learnt }: Weather,
): TipFeedbackRow[] {
  const actions: FeedbackAction[] = []
  if (random.next() < 0.9) actions.push('viewed')
  const liking = diligence * (0.45 + 0.5 * learnt) * (tip.source === 'rules' ? 0.6 : 1)
  const mood = random.next()
  if (mood < liking) actions.push('done')
  else if (mood < liking + 0.08) actions.push('helpful')
  else if (mood < liking + 0.24) actions.push('snooze')
  else if (mood < liking + 0.36) actions.push('dismiss')
  else if (mood < liking + 0.4) actions.push('not_helpful')
  return actions.map((action, index) => {
    const created_at = tip.created_at + 20_000 + index * (60_000 + random.below(1_800_000))
    return {
      id: pastId(random, created_at),
      tip_id: tip.id,
      user_id: tip.user_id,
      action,
      reward: REWARDS[action],
      reward_version: REWARD_VERSION,
      created_at,
    }
  })
}
