import t from 'tap'
import { noChromium as skip } from '../chromium.ts'
import { open, prepare, violationsOf } from './look.ts'

const setting = prepare()

t.test(
  'sign-in: a wrong token is told, Google opens its own window, sign-out ends it',
  { skip },
  async (t) => {
    const context = await setting.browser.newContext()
    t.teardown(() => context.close())
    const page = await context.newPage()
    await page.goto(`${setting.world.api.url}/admin/users?q=grace`)
    await page.getByLabel('Admin token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in with the token' }).click()
    await page.getByText('The token is not right').waitFor()
    t.same(await violationsOf(page), [])

    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Sign in with Google' }).click(),
    ])
    await popup.getByRole('button', { name: 'Olive Operator' }).click()
    await popup.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('link', { name: 'Grace Hopper' }).waitFor()
    t.match(page.url(), /users\?q=grace$/, 'the page that was asked for')

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Admin token').waitFor()
  },
)

t.test('who is no administrator is told so', { skip }, async (t) => {
  const context = await setting.browser.newContext()
  t.teardown(() => context.close())
  const page = await context.newPage()
  await page.goto(`${setting.world.api.url}/admin/`)
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name: 'Sign in with Google' }).click(),
  ])
  await popup.getByRole('button', { name: 'Ada Lovelace' }).click()
  await popup.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('Ada Lovelace is signed in here, and is no administrator.').waitFor()
  t.equal(await page.getByRole('navigation').count(), 0)
})

t.test('changes ask first and say what will happen', { skip }, async (t) => {
  const { page, troubles } = await open(t, setting, 'policies')
  await page.getByRole('button', { name: 'Switch off thompson' }).click()
  await page.getByText('is no longer asked what thompson would have chosen').waitFor()
  t.same(await violationsOf(page), [])
  await page.keyboard.press('Escape')
  t.ok(
    (await setting.client.policies()).shadows.find(({ name }) => name === 'thompson')?.enabled,
    'Escape is no',
  )

  await page.getByRole('button', { name: 'Switch off thompson' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click()
  await page.getByText('thompson is off.').waitFor()
  t.notOk(
    (await setting.client.policies()).shadows.find(({ name }) => name === 'thompson')?.enabled,
  )

  const { items } = await setting.client.usersPage({ q: 'grace@' })
  await page.goto(`${setting.world.api.url}/admin/users/${items[0]?.id}`)
  await page.getByRole('button', { name: 'Rebuild the profile' }).click()
  await page.getByLabel(/^Why/).fill('asked for')
  await page.getByRole('dialog').getByRole('button', { name: 'Rebuild the profile' }).click()
  await page.getByText('Rebuild the profile: done').waitFor()
  t.match((await setting.client.auditPage({ action: 'actOnUser' })).items, [{ outcome: 'ok' }])
  t.same(troubles, [])
})

t.test('a simulation is started, followed to its end, and events are live', { skip }, async (t) => {
  const { page, context, troubles } = await open(t, setting, 'simulations')
  const live = await context.newPage()
  await live.goto(`${setting.world.api.url}/admin/events?type=signals.sim.finished`)
  await live.getByText('live', { exact: true }).waitFor()

  await page.getByLabel('Users').fill('20')
  await page.getByRole('button', { name: 'Start' }).click()
  await page.getByText('succeeded').waitFor()
  await page.getByRole('img', { name: /^Cumulative reward/ }).waitFor()
  await page.getByText('"t":"metric"').waitFor()
  await live.getByText('sim.finished').nth(1).waitFor()
  t.notOk(await page.getByRole('progressbar').isVisible(), 'what is over needs no progress bar')
  t.same(troubles, [])
})

t.test(
  'the live events can be held still, and go on with what came meanwhile',
  { skip },
  async (t) => {
    const { page, troubles } = await open(t, setting, 'events?type=signals.sim.queued')
    await page.getByText('live', { exact: true }).waitFor()
    const before = await page.locator('tbody tr').count()
    await page.getByRole('button', { name: 'Pause' }).click()
    const params = { policy: 'rules', judge: 'persona', users: 2, steps: 2, seed: 1 } as const
    await setting.client.simulate(params)
    await page.getByRole('button', { name: 'Go on (1 new)' }).click()
    await page.locator('tbody tr').nth(before).waitFor()
    t.same(await violationsOf(page), [])
    t.same(troubles, [])
  },
)

t.test(
  'a decision among many shows the likeliest and the chosen one, and the others when asked',
  { skip },
  async (t) => {
    const tips = setting.client.events({ type: 'signals.tip.served', limit: 200 })
    let many: Awaited<ReturnType<typeof setting.client.decision>> | undefined
    for await (const { payload } of tips) {
      const { tipId } = payload as { tipId?: string }
      const decision = await setting.client.decision(tipId ?? '')
      if (decision.candidates.length < 20) continue
      many = decision
      break
    }
    const { page } = await open(t, setting, `decisions/${many?.tipId}`)
    const rows = page.getByRole('region', { name: 'Candidates' }).locator('tbody tr')
    await page.getByText('chosen', { exact: true }).waitFor()
    const ranked = many?.candidates.toSorted((a, b) => b.p - a.p || b.score - a.score) ?? []
    const isLikely = ranked.slice(0, 12).some(({ id }) => id === many?.chosenId)
    t.equal(await rows.count(), isLikely ? 12 : 13)
    await page.getByRole('button', { name: `Show all ${many?.candidates.length}` }).click()
    t.equal(await rows.count(), many?.candidates.length)
    t.same(await violationsOf(page), [])
  },
)

t.test('a session that has ended says so and leads to the sign-in', { skip }, async (t) => {
  const { page, context } = await open(t, setting, '')
  await context.clearCookies()
  await page.getByRole('link', { name: 'Policies' }).click()
  await page.getByText('Your session has ended').waitFor()
  await page.getByRole('button', { name: 'Sign in again' }).click()
  await page.getByLabel('Admin token').waitFor()
  t.match(page.url(), /policies$/, 'and back to where one was')
})

t.test('what is not there, and what fails, is said', { skip }, async (t) => {
  const { page } = await open(t, setting, 'decisions/nothing')
  await page.getByText('Nothing is here').waitFor()
  await page.goto(`${setting.world.api.url}/admin/users?q=zzzz`)
  await page.getByText('Nobody is found').waitFor()
  await page.goto(`${setting.world.api.url}/admin/nowhere`)
  await page.getByText('The console has no such page').waitFor()

  await page.route('**/api/admin/audit*', (route) => route.abort())
  await page.goto(`${setting.world.api.url}/admin/audit`)
  await page.getByText('The server does not answer').waitFor()
  await page.unroute('**/api/admin/audit*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('runSimulation').first().waitFor()
  t.pass('and trying again helps')
})

t.test('everything is reached by keyboard', { skip }, async (t) => {
  const { page } = await open(t, setting, '')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await page.getByRole('link', { name: 'Users', exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Users' }).waitFor()
  t.equal(await page.evaluate('document.activeElement.id'), 'page', 'focus follows to the page')
  await page.keyboard.press('Tab')
  await page.keyboard.type('alan')
  await page.getByRole('link', { name: 'Alan Turing' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  t.pass('and back')
})
