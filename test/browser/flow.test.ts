import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startWorld, type World } from '../../sandbox/world.ts'
import { launchChromium, noChromium as skip } from '../chromium.ts'

let browser: Browser
let world: World
t.before(async () => {
  if (skip) return
  ;[browser, world] = await Promise.all([launchChromium(), startWorld()])
})
t.teardown(async () => {
  await browser?.close()
  await world?.close()
})

async function openPage(t: Test): Promise<Page> {
  const context = await browser.newContext({ acceptDownloads: true })
  t.teardown(() => context.close())
  context.setDefaultTimeout(20_000)
  return context.newPage()
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.goto(world.webUrl)
  await page.getByTestId('sign-in').click()
  await page.getByRole('button', { name }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByTestId('get-tip').waitFor()
}

t.test('a person’s whole life with oo, in a browser', { skip }, async (t) => {
  const page = await openPage(t)
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(error.message))
  await signIn(page, 'Ada Lovelace')

  await page.getByTestId('nav-settings').click()
  await page.getByTestId('connect-todoist').click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.waitForURL(`${world.webUrl}/**`)

  await page.getByTestId('nav-settings').click()
  await page.getByTestId('push-on').click()
  await page.getByTestId('push-test').click()
  await page.getByTestId('toast').waitFor()

  await page.getByTestId('nav-tip').click()
  await page.getByTestId('get-tip').click()
  await page.getByTestId('tip-text').waitFor()
  t.ok(await page.getByTestId('tip-text').textContent(), 'a tip')
  await page.getByTestId('tip-task').waitFor()
  await page.getByTestId('answer-done').click()
  await page.getByTestId('answered').waitFor()

  await page.getByTestId('nav-past').click()
  t.match(await page.getByTestId('past-tip-feedback').first().textContent(), /done/i)

  const cookies = await page.context().cookies(world.api.url)
  const sid = cookies.find((cookie) => cookie.name === 'sid')
  t.match(sid, { httpOnly: true, sameSite: 'Lax', path: '/' })
  t.notMatch(await page.evaluate('document.cookie'), 'sid')

  await page.getByTestId('nav-settings').click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('export').click(),
  ])
  t.match(download.suggestedFilename(), /\.json$/)
  await page.getByTestId('delete-account').click()
  await page.getByTestId('confirm-delete').click()
  await page.getByTestId('receipt').waitFor()
  t.same(troubles, [])
})

t.test('a page of someone else changes and reads nothing', { skip }, async (t) => {
  const page = await openPage(t)
  await signIn(page, 'Grace Hopper')
  const api = world.api.url
  const evil = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(
      `<!doctype html><title>evil</title><form method="post" action="${api}/api/auth/logout"><button>Win</button></form>`,
    )
  }).listen(0, '127.0.0.1')
  await once(evil, 'listening')
  t.teardown(() => evil.close())
  await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`)

  const read = await page.evaluate(
    (url) => fetch(url, { credentials: 'include' }).then(() => 'read', String),
    `${api}/api/user/profile`,
  )
  t.match(read, /Failed to fetch/, 'the profile cannot be read')
  for (const type of ['text/plain', 'application/json', 'application/x-www-form-urlencoded']) {
    const sent = await page.evaluate(
      ([url, contentType]) =>
        fetch(`${url}/api/user`, {
          method: 'DELETE',
          credentials: 'include',
          headers: { 'content-type': contentType as string },
        }).then((answer) => String(answer.status), String),
      [api, type],
    )
    t.match(sent, /Failed to fetch|403/, `DELETE as ${type}`)
  }
  // A form needs no permission of the other side: only the origin check stops it.
  await page.getByRole('button', { name: 'Win' }).click()
  await page.waitForURL(`${api}/**`)
  t.match(await page.textContent('body'), 'origin_refused')

  await page.goto(world.webUrl)
  await page.getByTestId('get-tip').waitFor()
  t.pass('and Grace is still signed in, with her account')
})
