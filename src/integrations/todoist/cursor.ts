import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import type { Project } from './answers.ts'

/**
 * Where a sync goes on: Todoist's sync token, and the projects it has told us, because an incremental answer names
 * only those that changed while its items point at any.
 */
const Cursor = Type.Object({
  token: Type.String(),
  projects: Type.Record(Type.String(), Type.String()),
})
export type Cursor = Static<typeof Cursor>

export const START: Cursor = { token: '*', projects: {} }

/** @param text what `writeCursor` gave; null or anything else: from the start. */
export function readCursor(text: string | null): Cursor {
  if (text === null) return START
  const cursor: unknown = JSON.parse(text)
  return Value.Check(Cursor, cursor) ? cursor : START
}

export const writeCursor = (cursor: Cursor): string => JSON.stringify(cursor)

export const namesOf = (projects: readonly Project[]): Cursor['projects'] =>
  Object.fromEntries(projects.map(({ id, name }) => [id, name]))

/** Whether a known project has another name now: that touches tasks which an incremental answer does not list. */
export const isRenamed = (cursor: Cursor, projects: readonly Project[]): boolean =>
  projects.some(({ id, name }) => (cursor.projects[id] ?? name) !== name)
