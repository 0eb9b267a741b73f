import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createAdminClient } from 'oo-admin'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { startWorld, type World } from '../../sandbox/world.ts'
import { launchChromium, noChromium as skip } from '../chromium.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface Setting {
  browser: Browser
  world: World
  client: ReturnType<typeof createAdminClient>
}

/** A world with a past, and a browser; both end after the tests of the file. Filled before the first test. */
export function prepare(): Setting {
  const setting = {} as Setting
  t.before(async () => {
    if (skip) return
    const env = { RATE_LIMIT_USER: '100000' }
    const started = await Promise.all([launchChromium(), startWorld({ historyDays: 10, env })])
    const [browser, world] = started
    const client = createAdminClient({ baseUrl: world.api.url, token: world.adminToken })
    Object.assign(setting, { browser, world, client })
  })
  t.teardown(async () => {
    await setting.browser?.close()
    await setting.world?.close()
  })
  return setting
}

interface Look {
  context: BrowserContext
  page: Page
  /** What went wrong in the page, without anybody asking. */
  troubles: string[]
}

/** A window of its own, signed in by token. */
export async function open(
  t: Test,
  { browser, world }: Setting,
  path: string,
  options: object = {},
): Promise<Look> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options })
  t.teardown(() => context.close())
  context.setDefaultTimeout(20_000)
  const page = await context.newPage()
  const troubles: string[] = []
  page.on('pageerror', (error) => troubles.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text())
  })
  await page.goto(`${world.api.url}/admin/${path}`)
  await page.getByLabel('Admin token').fill(world.adminToken)
  await page.getByRole('button', { name: 'Sign in with the token' }).click()
  await page.getByRole('navigation').waitFor()
  return { context, page, troubles }
}

/** What axe-core has to say against the page, in words. */
export async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const { violations } = await page.evaluate<{
    violations: { id: string; nodes: { html: string }[] }[]
  }>('axe.run()')
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
}
