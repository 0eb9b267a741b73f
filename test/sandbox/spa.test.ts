import t from 'tap'
import { startSpa } from '../../sandbox/spa/server.ts'
import { TASK } from './spa-api.ts'
import { signedIn, signedOut } from './spa-browser.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'

t.test('the server hands out the page, its configuration and nothing else', async (t) => {
  const spa = await startSpa({ port: 0, apiBaseUrl: 'http://localhost:3001' })
  t.teardown(spa.close)

  const page = await fetch(`${spa.url}/any/path?x=1`)
  t.equal(page.status, 200, 'a sign-in may return to any path')
  t.match(page.headers.get('content-type'), 'text/html')
  const policy = page.headers.get('content-security-policy') ?? ''
  t.match(policy, "default-src 'none'; script-src 'self'; style-src 'self'")
  t.match(policy, /connect-src 'self' http:\/\/localhost:3001;/)
  t.same(await (await fetch(`${spa.url}/config.json`)).json(), {
    apiBaseUrl: 'http://localhost:3001',
    pushServiceUrl: null,
    extraLinks: [],
  })
  const script = await fetch(`${spa.url}/views/tip.js`)
  t.match(script.headers.get('content-type'), 'text/javascript')
  for (const path of [
    '/missing.js',
    '/%2e%2e/server.ts',
    '/../server.ts',
    '/views/..%2f..%2fserver.ts',
  ])
    t.equal((await fetch(spa.url + path)).status, 404, path)
})

t.test('a taken port falls back to a free one', async (t) => {
  const first = await startSpa({ port: 0, apiBaseUrl: 'http://localhost:3001' })
  t.teardown(first.close)
  const port = Number(new URL(first.url).port)
  const second = await startSpa({ port, apiBaseUrl: 'http://localhost:3001' })
  t.teardown(second.close)
  t.not(second.url, first.url)
})

signedOut('signing in, getting a tip and answering it', async (t, { page, api }) => {
  await page.getByTestId('sign-in').click()
  await page.getByTestId('get-tip').click()
  t.match(await page.getByTestId('tip-text').textContent(), 'The dentist answers until five')
  t.equal(await page.getByTestId('tip-task').getAttribute('href'), TASK.url)
  t.match(await page.getByTestId('tip-due').textContent(), /^Due .* · high priority$/)
  t.equal(await page.getByTestId('tip-due').locator('.overdue').count(), 1)
  t.equal(
    await page.getByTestId('tip-small-print').textContent(),
    'Chosen by the model · linucb · prompt v2',
  )
  await page.getByTestId('answer-not-helpful').click()
  t.match(await page.getByTestId('answered').textContent(), 'Noted')
  t.equal(await page.getByTestId('answers').count(), 0, 'answered once')
  t.same(
    api.called('POST', '/api/tip/t1/feedback').map(({ body }) => body),
    [{ action: 'viewed' }, { action: 'not_helpful' }],
  )

  await page.getByTestId('get-tip').click()
  await page.getByTestId('answers').waitFor()
  const keys = api.called('POST', '/api/recommend').map(({ headers }) => headers['idempotency-key'])
  t.equal(new Set(keys).size, 2, 'another tip has another key')
  t.ok(
    api.state.calls.every(({ method, origin }) => method === 'GET' || origin === api.state.webUrl),
  )
})

signedIn('a lost answer is asked for again with the same key', async (t, { page, api }) => {
  api.state.failures.set('/api/recommend', null)
  await page.getByTestId('get-tip').click()
  t.match(await page.getByTestId('problem').textContent(), 'The server cannot be reached')
  await page.getByTestId('get-tip').click()
  await page.getByTestId('tip-text').waitFor()
  t.equal(await page.getByTestId('problem').count(), 0, 'the problem is gone')
  const keys = api.called('POST', '/api/recommend').map(({ headers }) => headers['idempotency-key'])
  t.equal(keys.length, 2)
  t.equal(new Set(keys).size, 1)
})

signedIn('a problem is shown with what it says and its trace id', async (t, { page, api }) => {
  const limited = {
    status: 429,
    title: 'Too many requests',
    detail: 'Try again in 20 s.',
    traceId: TRACE,
  }
  api.state.failures.set('/api/recommend', limited)
  await page.getByTestId('get-tip').click()
  const shown = await page.getByTestId('problem').textContent()
  for (const words of [limited.title, limited.detail, TRACE]) t.match(shown, words)
})

signedOut('declining access is said, once, on the way back', async (t, { page, api }) => {
  api.state.declines = true
  await page.getByTestId('sign-in').click()
  t.match(await page.getByTestId('banner').textContent(), 'You were not signed in')
  t.equal(page.url(), `${api.state.webUrl}/`)
  await page.reload()
  await page.getByTestId('sign-in').waitFor()
  t.equal(await page.getByTestId('banner').count(), 0)
})

signedIn('past tips come in pages, with the answers given', async (t, { page, api }) => {
  await page.getByTestId('nav-past').click()
  await page.getByTestId('no-tips').waitFor()
  api.state.tips = Array.from({ length: 13 }, (_, index) => pastTip(index))
  await page.getByTestId('nav-tip').click()
  await page.getByTestId('nav-past').click()
  await page.getByTestId('more-tips').click()
  await page.getByText('Tip number 12').waitFor()
  t.equal(await page.getByTestId('past-tip').count(), 13)
  t.equal(await page.getByTestId('more-tips').count(), 0)
  t.equal(await page.getByTestId('past-tip-feedback').first().textContent(), 'Done')
  const unanswered = page.getByTestId('past-tip').nth(1)
  await unanswered.getByTestId('answer-done').click()
  await unanswered.getByTestId('answered').waitFor()
  t.equal(await unanswered.getByTestId('past-tip-feedback').textContent(), 'Done')
  t.same(api.called('POST', '/api/tip/p1/feedback')[0]?.body, { action: 'done' })
})

signedIn('a session that ended elsewhere leads back to the start', async (t, { page }) => {
  await page.context().clearCookies()
  await page.getByTestId('get-tip').click()
  t.match(await page.getByTestId('banner').textContent(), 'Your session has ended')
  await page.getByTestId('sign-in').waitFor()
})

signedIn('what comes from outside is text, never markup or code', async (t, { page, api }) => {
  const text = '<img src=x onerror="document.title=1">'
  api.state.tip = { text, task: { ...TASK, content: text, url: 'javascript:alert(1)' } }
  await page.getByTestId('get-tip').click()
  t.equal(await page.getByTestId('tip-text').textContent(), text)
  t.equal(await page.getByTestId('tip-task').getAttribute('href'), null)
  t.equal(await page.locator('main img').count(), 0)
})

signedIn('the keyboard is enough', async (t, { page, api }) => {
  await page.getByTestId('get-tip').focus()
  await page.keyboard.press('Enter')
  await page.getByTestId('answers').waitFor()
  for (const _step of ['task', 'done', 'helpful']) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByTestId('answered').waitFor()
  t.match(api.called('POST', '/api/tip/t1/feedback').at(-1)?.body, { action: 'helpful' })
  await page.keyboard.press('Enter')
  await page.getByTestId('answers').waitFor()
  t.equal(api.called('POST', '/api/recommend').length, 2, 'the focus is on the next button')
})

function pastTip(index: number) {
  return {
    id: `p${index}`,
    text: `Tip number ${index}`,
    task: null,
    source: 'rules',
    policy: 'rules',
    promptVersion: null,
    createdAt: new Date(Date.now() - index * 3_600_000).toISOString(),
    feedback: index === 0 ? [{ action: 'done', createdAt: new Date().toISOString() }] : [],
  }
}
