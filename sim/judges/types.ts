import type { Persona } from '../environment/persona.ts'
import type { Context } from '../policies/types.ts'
import type { Answer, Tip } from './answer.ts'

/** One tip to be answered. */
export interface JudgeItem {
  /** Unique within the run. */
  id: string
  persona: Persona
  context: Context
  tip: Tip
}

/** Who answers the tips of a simulation. */
export interface Judge {
  /**
   * Answers each item, in order.
   *
   * @throws an error whose message says why when there is no valid answer for all of them
   */
  answer(items: readonly JudgeItem[], signal: AbortSignal): Promise<Answer[]>
}
