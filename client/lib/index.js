/**
 * @typedef {import('./client.js').AdminClient} AdminClient
 * @typedef {import('./client.js').ClientOptions} ClientOptions
 * @typedef {import('./client.js').Schemas} Schemas
 */
export { createAdminClient } from './client.js'
export { NoAnswerError, ProblemError } from './errors.js'
export { take } from './pages.js'
