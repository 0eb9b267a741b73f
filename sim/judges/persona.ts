import { createRandom } from '../random.ts'
import { answerTip } from './answer.ts'
import type { Judge } from './types.ts'

/** Synthetic users who answer for themselves, by rule and chance. */
export function createPersonaJudge(seed: number): Judge {
  const random = createRandom(`${seed}:judge`)
  return {
    answer: async (items) =>
      items.map(({ persona, context, tip }) => answerTip(persona, context, tip, random.next())),
  }
}
