import { createBrowser, type Fetch } from '../identity/browser.ts'
import { describe, expectButton } from '../identity/walk.ts'

export interface ApproveWalk {
  /** Authorisation request at the Todoist double. */
  authorizationUrl: string
  /** `false` presses Cancel. */
  approve?: boolean
  fetch?: Fetch
}

/**
 * Lets the app read the tasks, or not, as a person would.
 *
 * @returns the redirect to the app's callback, not followed
 * @throws when the page is not the one expected, with that page's text
 */
export async function approveTodoist(walk: ApproveWalk): Promise<string> {
  const browser = createBrowser(walk.authorizationUrl, walk.fetch)
  const decision = walk.approve === false ? 'cancel' : 'allow'
  let visit = await browser.open(walk.authorizationUrl)
  if (visit.leftFor) return visit.leftFor
  visit = await browser.press(expectButton(visit, 'decision', decision), 'decision', decision)
  if (visit.leftFor) return visit.leftFor
  throw new Error(`Todoist did not go back to the app: ${describe(visit)}`)
}
