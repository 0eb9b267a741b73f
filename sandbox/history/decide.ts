import type { ShadowScoreRow, TaskRow, TipScoreRow } from '../../db/tables.ts'
import { DAY } from '../../src/clock.ts'
import { localTime } from '../../src/features/local-time.ts'
import { decideByRules, RULES_POLICY, scoreByRules } from '../../src/policies/rules.ts'
import { featuresOf } from '../../src/tips/candidate-features.ts'
import { type Candidate, MAX_CANDIDATES } from '../../src/tips/candidates.ts'
import type { Decision } from '../../src/tips/decide.ts'
import { coldStartRow, shadowRows, tipRow } from '../../src/tips/record.ts'
import { seededPick, seededUnit } from '../../src/tips/seeded.ts'
import { MAX_TEXT, templateText } from '../../src/tips/templates.ts'
import type { Wording } from '../../src/tips/wording.ts'
import { generate } from '../ml-serving/generate.ts'
import type { Mind } from '../ml-serving/mind.ts'
import type { ScoreBody } from '../ml-serving/schemas.ts'
import { score } from '../ml-serving/score.ts'
import { pastId, pastTraceId } from './ids.ts'
import { isWelcome, type Life, profileAt } from './life.ts'

export const ACTIVE = 'linucb'
export const SHADOWS = ['thompson', 'epsilon-greedy', 'rules']
const PROMPTS = ['calm-2', 'brisk-1']

/** What the day was like. */
export interface Weather {
  /** Share of the decisions that the rules had to make. */
  outage: number
  /** Factor on every latency. */
  slowness: number
}

export interface Decided {
  tip: TipScoreRow
  shadows: ShadowScoreRow[]
  /** What the tip is about; undefined: nothing was open. */
  chosen: Candidate | undefined
}

/** A decision of the past, as the server would have made and written it: by the sandbox's own ml/serving, or by the rules. */
export function decidePast(life: Life, mind: Mind, at: number, weather: Weather): Decided {
  const { userId, person, tasks } = life
  const { random, timeZone } = person
  const { day: today, hour, dow } = localTime(at, timeZone)
  const open = tasks.openAt(at)
  const choice = { context: { hour, dow }, candidates: candidatesOf(life, open, at, today) }
  const failed = random.next() < 0.012 + weather.outage
  const base = {
    ...{ id: pastId(random, at), userId, createdAt: at, traceId: pastTraceId(random) },
    latencyMs: Math.round(
      (failed ? 310 : 25) + weather.slowness * 60 * Math.exp(0.6 * random.normal()),
    ),
  }
  if (choice.candidates.length === 0) {
    return { tip: coldStartRow(base, choice), shadows: [], chosen: undefined }
  }
  const features = profileAt(life, open, at)
  const body: ScoreBody = {
    ...{ decision_id: base.id, user_id: userId, seed: base.id, context: choice.context },
    features,
    candidates: choice.candidates.map(({ id, features }) => ({ id, features })),
    ...{ active: ACTIVE, shadows: SHADOWS },
  }
  const decision = failed ? byRules(choice.candidates, base.id) : byModel(mind, body)
  const chosen = choice.candidates.find(({ id }) => id === decision.chosenId)
  if (!chosen) throw new Error('what was chosen is no candidate')
  const made = {
    ...{ choice, decision, chosen, features },
    wording: word(body, chosen, today, failed),
  }
  return { tip: tipRow(base, made), shadows: shadowRows(base, decision), chosen }
}

function byModel({ policies, learner }: Mind, body: ScoreBody): Decision {
  const { chosen_id: chosenId, propensity, active, shadows } = score(policies, body)
  learner.remember(body)
  return {
    ...{ source: 'model', fallbackReason: null, chosenId, propensity, scores: active.scores },
    ...{ policy: active.name, policyVersion: active.version },
    shadows: shadows.flatMap((shadow) =>
      shadow.status === 'ok' ? { ...shadow, choiceId: shadow.choice_id } : [],
    ),
  }
}

const byRules = (candidates: readonly Candidate[], seed: string): Decision => ({
  ...{ source: 'rules', fallbackReason: 'timeout', shadows: [] },
  ...{ policy: RULES_POLICY.name, policyVersion: RULES_POLICY.version },
  ...decideByRules(candidates, seededUnit(seed, 'rules')),
})

/** When ml/serving is too late to score, it is too late to write. */
function word(body: ScoreBody, { task, features }: Candidate, today: string, failed: boolean) {
  const { decision_id, user_id, context } = body
  const prompt_version = seededPick(PROMPTS, decision_id, 'prompt') ?? null
  if (failed) {
    const text = templateText(decision_id, task.content, features)
    return { text, promptVersion: prompt_version, model: null, failure: 'timeout' } as Wording
  }
  const { text, model } = generate(
    { decision_id, user_id, candidate: task, context, prompt_version, max_chars: MAX_TEXT },
    today,
  )
  return { text, promptVersion: prompt_version, model, failure: null }
}

/** Open tasks as the policies see them, best first by the rules; what was told of in the last week is known as such. */
function candidatesOf(
  { told, person }: Life,
  open: readonly TaskRow[],
  at: number,
  today: string,
): Candidate[] {
  const week = told.filter((tip) => tip.at >= at - 7 * DAY)
  const candidates = open.map((task): Candidate => {
    const shown = week.filter(({ taskId }) => taskId === task.id)
    const last = shown.at(-1)
    const { id, content, due, priority, url } = task
    const view = { now: at, today, timeZone: person.timeZone, shown7d: shown.length }
    return {
      id,
      task: { id, content, due, priority, url },
      features: featuresOf(task, view),
      lately: last !== undefined && !isWelcome(last),
    }
  })
  const byId = new Map(candidates.map((candidate) => [candidate.id, candidate]))
  return scoreByRules(candidates)
    .map(({ id }) => byId.get(id) as Candidate)
    .slice(0, MAX_CANDIDATES)
}
