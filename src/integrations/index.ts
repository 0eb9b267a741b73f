import type { CreateProvider } from './provider.ts'
import { createTodoist } from './todoist/index.ts'

/** Every provider that this server knows, one line each; the name is in routes, task ids and the database. */
export const providers: Record<string, CreateProvider> = {
  todoist: createTodoist,
}
