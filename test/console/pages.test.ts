import t from 'tap'
import { noChromium as skip } from '../chromium.ts'
import { open, prepare, violationsOf } from './look.ts'

const setting = prepare()

t.test(
  'every page, in light, and in dark on a phone: shows something, fits, is accessible',
  { skip },
  async (t) => {
    const { items } = await setting.client.recentEvents({ type: 'signals.tip.served', limit: 1 })
    const { tipId } = (items[0]?.payload ?? {}) as { tipId?: string }
    const userId = items[0]?.userId
    const run = await setting.client.simulate({
      policy: 'rules',
      judge: 'persona',
      users: 10,
      steps: 10,
      seed: 1,
    })
    for await (const _line of setting.client.followSimulation(run.id));
    const pages: Record<string, string> = {
      '': 'Fallback rate',
      policies: 'thompson',
      decisions: 'linucb',
      [`decisions/${tipId}`]: 'Candidates',
      'users?q=ada': 'ada@example.com',
      [`users/${userId}`]: 'Timeline',
      [`features?user=${userId}`]: 'act_rate_28d',
      [`simulations?compare=${run.id}`]: 'Cumulative regret',
      [`simulations/${run.id}`]: 'Mean reward',
      events: 'tip.served',
      audit: 'getStats',
      health: 'ml/serving',
    }
    const phone = { colorScheme: 'dark', viewport: { width: 390, height: 844 } }
    for (const options of [{ colorScheme: 'light' }, phone]) {
      const { page, troubles } = await open(t, setting, '', options)
      for (const [path, words] of Object.entries(pages)) {
        const what = `/admin/${path} ${JSON.stringify(options)}`
        await page.goto(`${setting.world.api.url}/admin/${path}`)
        await page.locator('#page').getByText(words).filter({ visible: true }).first().waitFor()
        await page.locator('#page .loading').first().waitFor({ state: 'detached' })
        t.same(await violationsOf(page), [], `${what}: accessible`)
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - innerWidth',
        )
        t.ok(overflow <= 0, `${what}: as wide as the window`)
      }
      t.same(troubles, [], 'nothing on the console')
    }
  },
)
