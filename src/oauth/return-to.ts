import { Problem } from '../errors.ts'

/**
 * Checks where a person is sent after a sign-in: a path on the web app, and nothing that a browser could read as
 * another origin (`//e`, `/\e`, control characters, a scheme).
 *
 * @returns the path in the URL parser's own spelling.
 * @throws {Problem} return_to_refused
 */
export function checkReturnTo(returnTo: string, webBaseUrl: string): string {
  const url = /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(returnTo) ? URL.parse(webBaseUrl + returnTo) : null
  // The path may not become a host after dot segments are resolved either (`/.//e`).
  if (url === null || url.origin !== webBaseUrl || url.pathname.startsWith('//')) {
    throw new Problem('return_to_refused', {
      errors: [{ path: 'body.returnTo', message: 'must be a path that starts with one /' }],
    })
  }
  return url.pathname + url.search + url.hash
}

/** The address of the web app, with a note in the query when there is one. */
export function webUrl(webBaseUrl: string, returnTo: string, note: Record<string, string> = {}) {
  const url = new URL(webBaseUrl + returnTo)
  for (const [name, value] of Object.entries(note)) url.searchParams.set(name, value)
  return url.href
}
