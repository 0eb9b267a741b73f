import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as jose from 'jose'
import t, { type Test } from 'tap'
import { createBrowser } from '../../sandbox/identity/browser.ts'
import { type FaultKind, faultKinds } from '../../sandbox/identity/faults.ts'
import { type IdentityOptions, startIdentity } from '../../sandbox/identity/start.ts'
import { type Tampering, tamperings } from '../../sandbox/identity/tamper.ts'
import { signInThroughPages } from '../../sandbox/identity/walk.ts'
import type { Json } from './json.ts'

const CALLBACK = 'http://localhost:1/callback'

const json = async (response: Promise<Response>): Promise<Json> => (await response).json()

/** A provider and the relying party's side of it, in plain fetch and jose. */
async function setUp(t: Test, options: Partial<IdentityOptions> = {}) {
  const identity = await startIdentity({
    port: 0,
    clientId: 'oo',
    clientSecret: 'client-secret',
    redirectUris: [CALLBACK],
    ...options,
  })
  t.teardown(() => identity.close())
  const discovery = await json(fetch(`${identity.issuer}/.well-known/openid-configuration`))
  const verifier = randomBytes(32).toString('base64url')
  const challenge = Buffer.from(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)),
  ).toString('base64url')

  const authorizationUrl = (changes: Record<string, string | undefined> = {}) => {
    const parameters = {
      client_id: 'oo',
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid email profile',
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...changes,
    }
    const url = new URL(discovery.authorization_endpoint)
    for (const [name, value] of Object.entries(parameters)) {
      if (value !== undefined) url.searchParams.set(name, value)
    }
    return url.href
  }
  const redeem = (callback: string, secret = 'client-secret', codeVerifier = verifier) =>
    fetch(discovery.token_endpoint, {
      method: 'POST',
      redirect: 'manual',
      headers: { authorization: `Basic ${btoa(`oo:${secret}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: new URL(callback).searchParams.get('code') ?? '',
        redirect_uri: CALLBACK,
        code_verifier: codeVerifier,
      }),
    })
  const verify = (idToken: string) =>
    jose.jwtVerify(idToken, jose.createRemoteJWKSet(new URL(discovery.jwks_uri)), {
      issuer: identity.issuer,
      audience: 'oo',
      algorithms: ['RS256'],
    })
  return { identity, discovery, authorizationUrl, redeem, verify }
}

t.test('a person signs in and the app learns who it is from the ID token', async (t) => {
  const { identity, authorizationUrl, redeem, verify } = await setUp(t)
  const callback = await signInThroughPages({ authorizationUrl: authorizationUrl(), login: 'ada' })
  const query = new URL(callback).searchParams
  t.ok(callback.startsWith(`${CALLBACK}?`))
  t.equal(query.get('state'), 'the-state')

  const { id_token } = await json(redeem(callback))
  const { payload, protectedHeader } = await verify(id_token)
  t.equal(protectedHeader.alg, 'RS256')
  t.match(payload, {
    sub: 'sandbox-ada',
    email: 'ada@example.com',
    email_verified: true,
    name: 'Ada Lovelace',
    nonce: 'the-nonce',
  })
  const picture = await fetch(String(payload.picture))
  t.equal(picture.headers.get('content-type'), 'image/svg+xml')
  t.match(await picture.text(), />AL<\/text>/)
  t.equal((await redeem(callback)).status, 400, 'a code is good once')
  t.ok(identity.issuer.startsWith('http://localhost:'))
})

t.test('an account may have an e-mail address that is not verified', async (t) => {
  const { authorizationUrl, redeem, verify } = await setUp(t)
  const callback = await signInThroughPages({ authorizationUrl: authorizationUrl(), login: 'uma' })
  const { id_token } = await json(redeem(callback))
  t.equal((await verify(id_token)).payload.email_verified, false)
})

t.test('Cancel goes back with access_denied, on either page', async (t) => {
  const { authorizationUrl } = await setUp(t)
  const callback = await signInThroughPages({
    authorizationUrl: authorizationUrl(),
    login: 'ada',
    approve: false,
  })
  const query = new URL(callback).searchParams
  t.equal(query.get('error'), 'access_denied')
  t.equal(query.get('state'), 'the-state')
  t.notOk(query.has('code'))

  const browser = createBrowser(authorizationUrl())
  const cancelled = await browser.press(
    await browser.open(authorizationUrl()),
    'decision',
    'cancel',
  )
  t.match(cancelled.leftFor, /error=access_denied/)
})

t.test('the same browser is asked again who it is', async (t) => {
  const { authorizationUrl, redeem, verify } = await setUp(t)
  const browser = createBrowser(authorizationUrl())
  const subjects = []
  for (const login of ['ada', 'grace', 'grace']) {
    const choice = await browser.open(authorizationUrl())
    const consent = await browser.press(choice, 'login', login)
    const { leftFor = '' } = await browser.press(consent, 'decision', 'allow')
    const { id_token } = await json(redeem(leftFor))
    subjects.push((await verify(id_token)).payload.sub)
  }
  t.strictSame(subjects, ['sandbox-ada', 'sandbox-grace', 'sandbox-grace'])
})

t.test('what a client must not do is refused', async (t) => {
  const { authorizationUrl, redeem } = await setUp(t)
  const open = (changes: Record<string, string | undefined>) =>
    fetch(authorizationUrl(changes), { redirect: 'manual' })

  const foreign = await open({ redirect_uri: 'http://localhost:1/elsewhere' })
  t.equal(foreign.status, 400)
  t.match(await foreign.text(), /redirect_uri/)
  const noPkce = await open({ code_challenge: undefined, code_challenge_method: undefined })
  t.match(noPkce.headers.get('location'), /error=invalid_request/)
  const plainPkce = await open({ code_challenge_method: 'plain' })
  t.match(plainPkce.headers.get('location'), /error=invalid_request/)

  const signIn = () => signInThroughPages({ authorizationUrl: authorizationUrl(), login: 'ada' })
  t.equal((await redeem(await signIn(), 'wrong-secret')).status, 401)
  const otherVerifier = randomBytes(32).toString('base64url')
  t.equal((await redeem(await signIn(), 'client-secret', otherVerifier)).status, 400)
})

t.test('a choice that is not on the page, or a page without its cookie, is told so', async (t) => {
  const { identity, authorizationUrl } = await setUp(t)
  await t.rejects(
    signInThroughPages({ authorizationUrl: authorizationUrl(), login: 'nobody' }),
    /no button login=nobody .* Choose an account/,
  )
  const lost = await fetch(`${identity.issuer}/interaction/unknown`)
  t.equal(lost.status, 400)
  t.match(await lost.text(), /start again/)
})

t.test('ID tokens can be made to lie, each in its own way', async (t) => {
  const { identity, authorizationUrl, redeem, verify } = await setUp(t)
  const issue = async (tampering: Tampering | undefined): Promise<string> => {
    identity.tamper(tampering)
    const url = authorizationUrl()
    const callback = await signInThroughPages({ authorizationUrl: url, login: 'ada' })
    return (await json(redeem(callback))).id_token
  }
  const complaints: Partial<Record<Tampering, RegExp>> = {
    'alg-none': /alg/i,
    'bad-signature': /signature/,
    'wrong-aud': /"aud"/,
    'wrong-iss': /"iss"/,
    expired: /"exp"/,
  }
  for (const tampering of tamperings) {
    const token = await issue(tampering)
    const complaint = complaints[tampering]
    if (complaint) await t.rejects(verify(token), { message: complaint }, tampering)
    else t.not((await verify(token)).payload.nonce, 'the-nonce', tampering)
  }
  t.equal((await verify(await issue(undefined))).payload.nonce, 'the-nonce')
})

t.test('endpoints can be made to fail, and get well again', async (t) => {
  const { identity, discovery } = await setUp(t)
  const ask = (withinMs = 20_000) =>
    fetch(discovery.token_endpoint, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(withinMs),
    })
  const looks: Record<FaultKind, (response: Promise<Response>) => Promise<unknown>> = {
    error500: async (response) => t.equal((await response).status, 500),
    html: async (response) => t.match((await response).headers.get('content-type'), 'text/html'),
    huge: async (response) => t.equal((await response).headers.get('content-length'), '33554446'),
    redirect: async (response) => t.equal((await response).status, 307),
    hang: (response) => t.rejects(response, { name: 'TimeoutError' }),
  }
  for (const kind of faultKinds) {
    identity.fault('token', kind)
    await looks[kind](ask(kind === 'hang' ? 400 : undefined))
  }
  identity.fault('token', undefined)
  t.equal((await ask()).status, 400)

  identity.fault('discovery', 'error500')
  t.equal((await fetch(`${identity.issuer}/.well-known/openid-configuration`)).status, 500)
})

t.test('a taken port is not in the way, and nothing is printed', async (t) => {
  const printed = [t.capture(console, 'warn'), t.capture(console, 'info')]
  const squatter = createServer().listen(0, '127.0.0.1')
  t.teardown(() => squatter.close())
  await new Promise((resolve) => squatter.once('listening', resolve))
  const { port } = squatter.address() as AddressInfo
  const { identity, discovery } = await setUp(t, { port })
  t.not(new URL(identity.issuer).port, String(port))
  t.equal(discovery.issuer, identity.issuer)
  t.strictSame(
    printed.flatMap((calls) => calls()),
    [],
  )
})
