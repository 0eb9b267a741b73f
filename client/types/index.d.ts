export type AdminClient = import('./client.js').AdminClient;
export type ClientOptions = import('./client.js').ClientOptions;
export type Schemas = import('./client.js').Schemas;
/**
 * @typedef {import('./client.js').AdminClient} AdminClient
 * @typedef {import('./client.js').ClientOptions} ClientOptions
 * @typedef {import('./client.js').Schemas} Schemas
 */
export { createAdminClient } from './client.js';
export { NoAnswerError, ProblemError } from './errors.js';
export { take } from './pages.js';
