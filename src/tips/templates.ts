import { seededPick } from './seeded.ts'

/** The longest text of a tip, in characters. */
export const MAX_TEXT = 280

/** Where the task's words go in a template. */
const SLOT = '{task}'

type Urgency = 'overdue' | 'today' | 'soon' | 'open'

const TEMPLATES: Record<Urgency, readonly string[]> = {
  overdue: [
    '“{task}” has waited a while. Ten minutes today would get it moving.',
    'How about getting “{task}” off your mind?',
    '“{task}” is past its day. A small start is enough.',
  ],
  today: [
    'Today is the day for “{task}”.',
    '“{task}” is for today. Why not do it next?',
    'One thing for today: “{task}”.',
  ],
  soon: [
    '“{task}” is coming up. Ahead of time feels good.',
    'There is still time for “{task}”, so it will be easy.',
    'A head start on “{task}” would be nice.',
  ],
  open: [
    'If you have a moment: “{task}”.',
    'Small, and yours to finish: “{task}”.',
    'How about “{task}” next?',
  ],
}

const COLD_START = [
  'Nothing is open right now. Write down one small thing you would like done.',
  'Your list is empty. Enjoy it, or add the next small step.',
  'No open tasks at the moment. What would make today a little lighter?',
]

/** One line without control characters or doubled spaces: what a notice can show. */
export const oneLine = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ').trim()

export const lengthOf = (text: string): number => [...text].length

/** A friendly line about the task; the same decision gives the same line. */
export function templateText(
  decisionId: string,
  content: string,
  features: { overdue_days: number; due_today: number; has_due: number },
): string {
  const template = seededPick(TEMPLATES[urgencyOf(features)], decisionId, 'template') ?? SLOT
  const room = MAX_TEXT - lengthOf(template) + SLOT.length
  // A function: in a replacement text, `$` would have a meaning of its own.
  return template.replace(SLOT, () => cut(oneLine(content), room))
}

export const coldStartText = (decisionId: string): string =>
  seededPick(COLD_START, decisionId, 'template') ?? ''

function urgencyOf(features: Parameters<typeof templateText>[2]): Urgency {
  if (features.overdue_days > 0) return 'overdue'
  if (features.due_today === 1) return 'today'
  return features.has_due === 1 ? 'soon' : 'open'
}

function cut(text: string, max: number): string {
  const characters = [...text]
  return characters.length <= max ? text : `${characters.slice(0, max - 1).join('')}…`
}
