import type { Test } from 'tap'
import { startIdentity } from '../sandbox/identity/start.ts'
import { signInThroughPages } from '../sandbox/identity/walk.ts'
import { API, build, cookiesOf, type Env, type TestApp } from './helper.ts'

/** Where the provider sends a browser back to. */
export const CALLBACK = `${API}/api/auth/callback`

/** The app beside a real OpenID provider. */
export async function startSignInWorld(t: Test, env: Env = {}, clock?: () => number) {
  const identity = await startIdentity({
    port: 0,
    clientId: 'oo-test',
    clientSecret: 'google-client-secret',
    redirectUris: [CALLBACK],
  })
  t.teardown(() => identity.close())
  const world = await build(t, { GOOGLE_ISSUER: identity.issuer, ...env }, clock ? { clock } : {})
  return { ...world, identity }
}

/** Starts a sign-in. @returns where to go, and the cookie that binds the attempt to this browser. */
export async function login({ app }: TestApp, body: object = {}, cookie = '') {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/login',
    headers: { accept: 'application/json', cookie },
    payload: body,
  })
  const cookies = cookiesOf(answer.headers)
  return {
    status: answer.statusCode,
    url: answer.json().authorizationUrl as string,
    cookie: cookies.oauth_google ?? '',
  }
}

const pathOf = (url: string) => url.slice(API.length)
/** Status and code of a problem. */
export const codes = (answer: { statusCode: number; json(): { code: string } }) => [
  answer.statusCode,
  answer.json().code,
]

/** Follows the provider's redirect, as the browser with these cookies would. */
export async function callBack({ app }: TestApp, url: string, cookie: string) {
  return app.inject({ url: pathOf(url), headers: { cookie } })
}

/** A whole sign-in. @returns the `sid` cookie. */
export async function signIn(world: TestApp, person = 'ada', before = '') {
  const attempt = await login(world)
  const back = await signInThroughPages({ authorizationUrl: attempt.url, login: person })
  const answer = await callBack(world, back, `${attempt.cookie}; ${before}`)
  return cookiesOf(answer.headers).sid ?? ''
}

/** What the app says about whoever has this cookie. */
export const session = async ({ app }: TestApp, cookie: string) =>
  (await app.inject({ url: '/api/auth/session', headers: { cookie } })).json()
