import { Cron } from 'croner'

/** Whether the text is a cron expression that the scheduler (toad-scheduler, which uses croner) accepts. */
export function isCron(expression: string): boolean {
  try {
    new Cron(expression, { paused: true })
    return true
  } catch {
    return false
  }
}
