import { createBrowser, type Fetch, hasButton, type Visit } from './browser.ts'

export interface SignInWalk {
  /** Authorisation request at the sandbox's identity provider. */
  authorizationUrl: string
  /** Who signs in: an account's `login`. */
  login: string
  /** `false` presses Cancel on the consent page. */
  approve?: boolean
  fetch?: Fetch
}

/**
 * Signs in as a person would, page by page.
 *
 * @returns the redirect to the app's callback, not followed
 * @throws when a page is not the one expected, with that page's text
 */
export async function signInThroughPages(walk: SignInWalk): Promise<string> {
  const browser = createBrowser(walk.authorizationUrl, walk.fetch)
  const decision = walk.approve === false ? 'cancel' : 'allow'
  let visit = await browser.open(walk.authorizationUrl)
  if (visit.leftFor) return visit.leftFor
  visit = await browser.press(expectButton(visit, 'login', walk.login), 'login', walk.login)
  if (visit.leftFor) return visit.leftFor
  visit = await browser.press(expectButton(visit, 'decision', decision), 'decision', decision)
  if (visit.leftFor) return visit.leftFor
  throw new Error(`the sign-in did not go back to the app: ${describe(visit)}`)
}

/** The visit itself, when its page has the button. */
export function expectButton(visit: Visit, name: string, value: string): Visit {
  if (hasButton(visit, name, value)) return visit
  throw new Error(`no button ${name}=${value} on the page: ${describe(visit)}`)
}

/** Status, path and visible text of a page, for an error message. */
export function describe(visit: Visit): string {
  const text = visit.html.replace(/<(style|title)>.*?<\/\1>|<[^>]+>/gs, ' ').replace(/\s+/g, ' ')
  return `${visit.status} ${new URL(visit.url).pathname}: ${text.trim().slice(0, 300)}`
}
