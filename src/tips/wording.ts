import { UpstreamError } from '../http/client.ts'
import type { CallTrace, MlClient } from '../ml/client.ts'
import type { WireContext } from '../ml/wire.ts'
import type { Candidate } from './candidates.ts'
import { seededPick } from './seeded.ts'
import { lengthOf, MAX_TEXT, oneLine, templateText } from './templates.ts'

export interface Wording {
  text: string
  /** The prompt that was drawn, or that ml/serving says it used. */
  promptVersion: string | null
  /** Null: a template. */
  model: string | null
  /** Why it is a template; null when it is not. */
  failure: string | null
}

export interface WordingRequest {
  decisionId: string
  userId: string
  candidate: Candidate
  context: WireContext
}

/**
 * Words the tip: ml/serving writes it, or a template does when that is late, down or wrong. The decision stays.
 *
 * @param prompts variants, one of which is drawn for each decision; none: ml/serving takes its own.
 */
export async function word(
  ml: MlClient,
  prompts: readonly string[],
  { decisionId, userId, candidate, context }: WordingRequest,
  trace: CallTrace,
): Promise<Wording> {
  const { id, content, due, priority } = candidate.task
  const drawn = seededPick(prompts, decisionId, 'prompt') ?? null
  const template = (failure: string): Wording => ({
    text: templateText(decisionId, content, candidate.features),
    promptVersion: drawn,
    model: null,
    failure,
  })
  try {
    const answer = await ml.generate(
      {
        decision_id: decisionId,
        user_id: userId,
        candidate: { id, content, due, priority },
        context,
        prompt_version: drawn,
        max_chars: MAX_TEXT,
      },
      trace,
    )
    const text = oneLine(answer.text)
    if (text === '') return template('empty_text')
    if (lengthOf(text) > MAX_TEXT) return template('text_too_long')
    const promptVersion = answer.prompt_version ?? drawn
    return { text, promptVersion, model: answer.model ?? null, failure: null }
  } catch (error) {
    if (error instanceof UpstreamError) return template(error.failure)
    throw error
  }
}
