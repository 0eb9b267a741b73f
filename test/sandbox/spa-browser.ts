/** Runs tests of the page in a real browser, against the stand-in of the API. */
import type { Browser, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startSpa } from '../../sandbox/spa/server.ts'
import { launchChromium, noChromium as skip } from '../chromium.ts'
import { type StandIn, startStandIn } from './spa-api.ts'

const LINKS = [{ label: 'Metrics', href: 'http://localhost:3001/metrics' }]

let browser: Browser
t.before(async () => {
  if (skip) return
  browser = await launchChromium()
})
t.teardown(() => browser?.close())

type Parts = { page: Page; api: StandIn }

/** A test of the page in a fresh browser profile. It fails on any script error or CSP violation too. */
export function signedOut(name: string, body: (t: Test, parts: Parts) => Promise<void>): void {
  t.test(name, { skip }, async (t) => {
    const api = await startStandIn()
    const { url: apiBaseUrl, pushUrl: pushServiceUrl } = api
    const spa = await startSpa({ port: 0, apiBaseUrl, pushServiceUrl, extraLinks: LINKS })
    const context = await browser.newContext({ acceptDownloads: true })
    t.teardown(() => Promise.all([context.close(), spa.close(), api.close()]))
    api.state.webUrl = spa.url
    context.setDefaultTimeout(15_000)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
    })
    await page.goto(spa.url)
    await body(t, { page, api })
    t.same(complaints, [], 'no script error, nothing refused by the CSP')
  })
}

export function signedIn(name: string, body: (t: Test, parts: Parts) => Promise<void>): void {
  signedOut(name, async (t, parts) => {
    await parts.page.getByTestId('sign-in').click()
    await parts.page.getByTestId('get-tip').waitFor()
    await body(t, parts)
  })
}
