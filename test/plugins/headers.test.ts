import t from 'tap'
import { build, WEB } from '../helper.ts'

const paths = ['/health', '/ready', '/api/auth/session', '/api/auth/sessions', '/nowhere', '/%zz']

t.test('every answer carries the security headers, whatever its status', async (t) => {
  const { app } = await build(t)
  for (const url of paths) {
    const { headers } = await app.inject(url)
    t.equal(headers['x-content-type-options'], 'nosniff', url)
    t.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'", url)
    t.equal(headers['referrer-policy'], 'no-referrer', url)
    t.notOk(headers['strict-transport-security'], url)
    if (url.startsWith('/api')) t.equal(headers['cache-control'], 'no-store', url)
  }
})

t.test('on https it also asks for https from now on, and the cookie is __Host-', async (t) => {
  const { app, config } = await build(t, {
    API_BASE_URL: 'https://api.oo.test',
    WEB_BASE_URL: 'https://app.oo.test',
  })
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/token',
    payload: { token: config.ADMIN_TOKEN },
  })
  t.match(answer.headers['strict-transport-security'], /max-age=\d{8}/)
  t.match(answer.headers['set-cookie'], /^__Host-sid=/)
  for (const flag of ['HttpOnly', 'Secure', 'Path=/', 'SameSite=Lax']) {
    t.match(answer.headers['set-cookie'], flag)
  }
  t.notMatch(answer.headers['set-cookie'], 'Domain')
})

t.test('between two sites the cookie is SameSite=None; Secure', async (t) => {
  const { app, config } = await build(t, {
    API_BASE_URL: 'https://oo-api.test',
    WEB_BASE_URL: 'https://oo-web.test',
  })
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/token',
    payload: { token: config.ADMIN_TOKEN },
  })
  t.match(answer.headers['set-cookie'], 'SameSite=None')
  t.match(answer.headers['set-cookie'], 'Secure')
})

t.test('on http and one site the cookie is plain sid', async (t) => {
  const { app, config } = await build(t)
  const answer = await app.inject({
    method: 'POST',
    url: '/api/auth/token',
    payload: { token: config.ADMIN_TOKEN },
  })
  t.match(answer.headers['set-cookie'], /^sid=/)
  for (const flag of ['HttpOnly', 'Path=/', 'SameSite=Lax']) {
    t.match(answer.headers['set-cookie'], flag)
  }
  t.notMatch(answer.headers['set-cookie'], 'Secure')
})

t.test('only the web app may read answers, and it may read errors too', async (t) => {
  const { app } = await build(t)
  for (const origin of [WEB, 'https://evil.test']) {
    for (const url of ['/api/auth/session', '/api/auth/sessions', '/nowhere']) {
      const { headers } = await app.inject({ url, headers: { origin } })
      t.equal(headers['access-control-allow-origin'], WEB, `${url} for ${origin}`)
      t.equal(headers['access-control-allow-credentials'], 'true')
    }
  }
  const preflight = await app.inject({
    method: 'OPTIONS',
    url: '/api/auth/sessions/x',
    headers: { origin: WEB, 'access-control-request-method': 'DELETE' },
  })
  t.equal(preflight.statusCode, 204)
  t.match(preflight.headers['access-control-allow-methods'], 'DELETE')
})
