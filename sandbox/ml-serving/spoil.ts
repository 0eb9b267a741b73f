import type { ScoreAnswer } from './schemas.ts'

/** Answers to `/score` that look right and break one rule each. */
export const SPOILERS = {
  'foreign-choice': (answer) => ({ ...answer, chosen_id: 'todoist:of-someone-else' }),
  'bad-sum': (answer) => withScores(answer, (score) => ({ ...score, p: score.p * 0.9 })),
  // The sum stays 1: what the first loses the second gains, so that only the zero is wrong.
  'zero-p': (answer) => {
    const [first, second] = answer.active.scores
    const moved = (first?.p ?? 0) + (second?.p ?? 0)
    return withScores(answer, (score, i) => (i > 1 ? score : { ...score, p: i === 0 ? 0 : moved }))
  },
  // What the missing one had goes to the chosen one, so that the sum stays 1.
  'missing-candidate': (answer) => {
    const { scores } = answer.active
    const missing = scores.find(({ id }) => id !== answer.chosen_id) ?? scores[0]
    const grown = withScores(answer, (score) =>
      score.id === answer.chosen_id ? { ...score, p: score.p + (missing?.p ?? 0) } : score,
    )
    const left = grown.active.scores.filter(({ id }) => id !== missing?.id)
    return { ...grown, active: { ...grown.active, scores: left } }
  },
  'wrong-propensity': (answer) => ({ ...answer, propensity: answer.propensity / 2 }),
} as const satisfies Record<string, (answer: ScoreAnswer) => ScoreAnswer>

type Score = ScoreAnswer['active']['scores'][number]

/** Changes the active policy's scores, and the propensity with them, so that no second rule is broken. */
function withScores(
  answer: ScoreAnswer,
  change: (score: Score, index: number) => Score,
): ScoreAnswer {
  const scores = answer.active.scores.map(change)
  const propensity = scores.find(({ id }) => id === answer.chosen_id)?.p ?? answer.propensity
  return { ...answer, propensity, active: { ...answer.active, scores } }
}
