import { UpstreamError } from '../../http/client.ts'
import type { ProviderChanges, ProviderTask } from '../provider.ts'
import type { Item, SyncAnswer } from './answers.ts'
import type { TodoistApi } from './api.ts'
import { type Cursor, isRenamed, namesOf, readCursor, START, writeCursor } from './cursor.ts'
import { providerError } from './errors.ts'
import { knownTimeZone, type TaskContext, taskOf } from './tasks.ts'

/** What changed since the cursor, or everything when Todoist does not know it any more. @throws {ProviderError} */
export async function fetchChanges(
  api: TodoistApi,
  webUrl: string,
  accessToken: string,
  cursorText: string | null,
): Promise<ProviderChanges> {
  const cursor = readCursor(cursorText)
  const answer = await syncFrom(api, accessToken, cursor).catch((error) => {
    throw providerError(error)
  })
  const projects = {
    ...(answer.full_sync ? {} : cursor.projects),
    ...namesOf(answer.projects),
  }
  return {
    cursor: writeCursor({ token: answer.sync_token, projects }),
    full: answer.full_sync,
    timeZone: knownTimeZone(answer.user?.tz_info?.timezone),
    tasks: tasksOf(answer.items, { projects, webUrl }),
  }
}

async function syncFrom(api: TodoistApi, accessToken: string, cursor: Cursor): Promise<SyncAnswer> {
  try {
    const answer = await api.sync(accessToken, cursor.token)
    if (answer.full_sync || !isRenamed(cursor, answer.projects)) return answer
  } catch (error) {
    if (cursor === START || !isRefusedToken(error)) throw error
  }
  return api.sync(accessToken, START.token)
}

/** All else in the request is fixed, so a 400 can only mean the sync token. */
const isRefusedToken = (error: unknown): boolean =>
  error instanceof UpstreamError && error.status === 400

function* tasksOf(items: readonly Item[], context: TaskContext): Generator<ProviderTask> {
  for (const item of items) yield taskOf(item, context)
}
