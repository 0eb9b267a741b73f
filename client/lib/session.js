const COOKIE = /^((?:__Host-)?sid)=([^;]*)/

/**
 * A `fetch` that is signed in. In a browser the browser keeps the session; elsewhere this does: the cookie is kept in
 * memory, and with an admin token a call that finds nobody signed in signs in and is made once more.
 *
 * @param {object} options
 * @param {string} options.baseUrl
 * @param {string | undefined} options.token
 * @param {typeof globalThis.fetch} options.fetch
 * @param {string} [options.cookie] a session to go on with
 * @param {(cookie: string) => void} [options.onCookie]
 */
export function createSessionFetch({ baseUrl, token, fetch, cookie = '', onCookie }) {
  /** @type {Promise<Response> | undefined} */
  let signingIn

  /** @param {Request} request */
  async function send(request) {
    if (cookie) request.headers.set('cookie', cookie)
    const response = await fetch(request)
    keepCookie(response)
    return response
  }

  /** @param {Response} response */
  function keepCookie(response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, , value] = COOKIE.exec(line) ?? []
      if (pair === undefined) continue
      cookie = value ? pair : ''
      onCookie?.(cookie)
    }
  }

  /** Many calls that need it at once make one sign-in. */
  function signInOnce() {
    signingIn ??= send(signInRequest(baseUrl, token ?? '')).finally(() => {
      signingIn = undefined
    })
    return signingIn
  }

  return {
    /** @param {Request} request */
    async fetch(request) {
      if (token === undefined) return send(request)
      const again = request.clone()
      const response = await send(request)
      if (response.status !== 401 || request.url.endsWith('/api/auth/token')) return response
      const signedIn = await signInOnce()
      // Its own problem says more than "sign in first": the token is wrong, or switched off.
      if (!signedIn.ok) return signedIn.clone()
      await response.body?.cancel()
      return send(again)
    },
  }
}

/** @param {string} baseUrl @param {string} token */
const signInRequest = (baseUrl, token) =>
  new Request(new URL('/api/auth/token', baseUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
