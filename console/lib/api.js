import { createAdminClient, NoAnswerError, ProblemError } from '/admin/client/index.js'

export { NoAnswerError, ProblemError, take } from '/admin/client/index.js'

/** @typedef {import('/admin/client/index.js').Schemas} Schemas */

/** The admin API of the server that served this page, as whoever is signed in here. */
export const client = createAdminClient({ baseUrl: location.origin })

/** An error in words for the person who looks. @param {unknown} error */
export function wordsOf(error) {
  if (error instanceof ProblemError) {
    const places = error.errors.map(({ path, message }) => `${path} ${message}`).join('; ')
    return `${error.detail}${places && ` (${places})`}`
  }
  if (error instanceof NoAnswerError) return 'The server does not answer. Is it running?'
  return error instanceof Error ? error.message : String(error)
}
