import { hash } from 'node:crypto'
import { type DayPart, dayPart } from '../../sim/policies/vector.ts'
import type { GenerateBody } from './schemas.ts'

const DEFAULT_PROMPT = 'v1'
const MODEL = 'sandbox-writer-1'

const OPENINGS: Record<DayPart, readonly string[]> = {
  night: ['Before the day ends:', 'One last small thing:', 'While it is quiet:'],
  morning: ['A good first step today:', 'Good morning. How about this:', 'Fresh start:'],
  afternoon: ['A good moment for this:', 'Half the day is left:', 'Next, perhaps:'],
  evening: ['To round off the day:', 'If you have a moment tonight:', 'An easy win for now:'],
}

const CLOSINGS: Record<'overdue' | 'today' | 'later' | 'none', readonly string[]> = {
  overdue: ['It has waited a while; ten minutes will do.', 'Get it off your mind.'],
  today: ['It is for today.', 'Today is its day.'],
  later: ['There is still time, so it will be easy.', 'Ahead of time feels good.'],
  none: ['Small, and yours to finish.', 'No hurry, just a start.'],
}

/** The due day as YYYY-MM-DD, from a date text or from an object that has one. */
function dueDay(due: unknown): string | undefined {
  const date = typeof due === 'object' && due !== null && 'date' in due ? due.date : due
  return typeof date === 'string' ? date.slice(0, 10) : undefined
}

function urgency(due: unknown, today: string): keyof typeof CLOSINGS {
  const day = dueDay(due)
  if (day === undefined) return 'none'
  if (day === today) return 'today'
  return day < today ? 'overdue' : 'later'
}

/** Cuts a text to `max` characters, with an ellipsis where something is missing. */
function cut(text: string, max: number): string {
  const characters = [...text]
  return characters.length <= max ? text : `${characters.slice(0, Math.max(0, max - 1)).join('')}…`
}

/**
 * Writes a friendly line about the task, at most `max_chars` long; the same decision gives the same text.
 *
 * @param today the day (2026-11-22) from which its due date is seen
 */
export function generate(
  body: GenerateBody,
  today = new Date().toISOString().slice(0, 10),
): { text: string; prompt_version: string; model: string } {
  const { decision_id, candidate, context, max_chars } = body
  const prompt = body.prompt_version ?? DEFAULT_PROMPT
  const dice = Buffer.from(hash('sha256', `${decision_id}:${prompt}`, 'hex'), 'hex')
  const pick = (options: readonly string[], at: number) =>
    options[dice.readUInt8(at) % options.length] ?? ''
  const opening = pick(OPENINGS[dayPart(context.hour)], 0)
  const closing = pick(CLOSINGS[urgency(candidate.due, today)], 1)
  const room = max_chars - opening.length - closing.length - ' “”. '.length
  const text = `${opening} “${cut(candidate.content, room)}”. ${closing}`
  return { text: cut(text, max_chars), prompt_version: prompt, model: MODEL }
}
