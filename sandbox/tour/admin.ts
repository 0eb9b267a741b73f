import type { World } from '../world.ts'
import type { Step } from './step.ts'
import { expect, until, type Visitor } from './visitor.ts'

interface Run {
  id: string
  status: string
  progress: { done: number; total: number }
  summary: { meanReward: number; ci95: [number, number] } | null
}

interface Policies {
  active: string
  shadows: { name: string; enabled: boolean; agreement: number | null; decisions: number }[]
}

export const adminSignIn = ({ adminToken }: World, admin: Visitor): Step => [
  'the administrator signs in with the token',
  async () => {
    const { user } = await admin.json<{ user: { name: string; role: string } }>(
      'POST',
      '/api/auth/token',
      { body: { token: adminToken } },
    )
    expect(user.role === 'admin', 'an administrator')
    return user.name
  },
]

/** What the people who run oo see of it. */
export function adminSteps({ api }: World, ada: Visitor, admin: Visitor): Step[] {
  let userId = ''

  return [
    [
      'figures of today, for the administrator alone',
      async () => {
        await ada.json('GET', '/api/admin/stats', { status: 403 })
        const stats = await until('the rollups', 5, async () => {
          const found = await admin.json<Record<string, number>>(
            'GET',
            '/api/admin/stats?days=7&tz=UTC',
          )
          return (found.tipsServed ?? 0) >= 20 ? found : undefined
        })
        const percent = (value = 0) => `${Math.round(value * 100)} %`
        return `DAU ${stats.dau}, ${stats.tipsServed} tips, act rate ${percent(stats.actRate)}, fallback ${percent(stats.fallbackRate)}`
      },
    ],
    [
      'Ada is found and her tips are there',
      async () => {
        const { items } = await admin.json<{ items: { id: string; email: string }[] }>(
          'GET',
          '/api/admin/users?q=ada',
        )
        const [found] = items
        expect(found?.email === 'ada@example.com', 'her row')
        userId = found.id
        const detail = await admin.json<{ recentTips: object[] }>(
          'GET',
          `/api/admin/users/${userId}`,
        )
        return `${detail.recentTips.length} recent tips`
      },
    ],
    [
      'her profile features, fresh, and what the model was told',
      async () => {
        const { features } = await admin.json<{ features: { name: string; status: string }[] }>(
          'GET',
          `/api/admin/features/${userId}`,
        )
        const context = await admin.json<{ context: object }>(
          'GET',
          `/api/admin/features/${userId}/context`,
        )
        const fresh = features.filter(({ status }) => status === 'fresh').length
        return `${fresh} of ${features.length} fresh, context ${JSON.stringify(context.context)}`
      },
    ],
    [
      'the receipt of a decision',
      async () => {
        const { items } = await ada.json<{ items: { id: string }[] }>('GET', '/api/tips?limit=1')
        const receipt = await admin.json<{ candidates: object[]; propensity: number }>(
          'GET',
          `/api/admin/decisions/${items[0]?.id}`,
        )
        return `${receipt.candidates.length} candidates, propensity ${receipt.propensity?.toFixed(2)}`
      },
    ],
    [
      'a shadow policy is switched off and on again',
      async () => {
        const { active, shadows } = await admin.json<Policies>('GET', '/api/admin/policies')
        const shadow = shadows.find(({ decisions }) => decisions > 0)
        expect(shadow, 'a shadow that has decided beside the active policy')
        for (const enabled of [false, true]) {
          const body = { enabled }
          await admin.json('POST', `/api/admin/policies/${shadow.name}/toggle`, { body })
        }
        await admin.json('POST', `/api/admin/policies/${active}/toggle`, { body: {}, status: 409 })
        const agreement = Math.round((shadow.agreement ?? 0) * 100)
        return `${shadow.name} agrees with ${active} in ${agreement} % of ${shadow.decisions}`
      },
    ],
    [
      'a simulation, followed to its end',
      async () => {
        const params = { policy: 'linucb', judge: 'persona', users: 30, steps: 40, seed: 7 }
        const { run } = await admin.json<{ run: Run }>('POST', '/api/admin/sim/run', {
          body: params,
          status: 202,
        })
        const ended = await until('the run’s end', 30, async () => {
          const path = `/api/admin/sim/runs/${run.id}`
          const now = (await admin.json<{ run: Run }>('GET', path)).run
          return now.status === 'queued' || now.status === 'running' ? undefined : now
        })
        expect(ended.status === 'succeeded' && ended.summary, `it ended as ${ended.status}`)
        const { meanReward: mean, ci95 } = ended.summary
        return `mean reward ${mean.toFixed(2)} [${ci95.map((bound) => bound.toFixed(2)).join(', ')}]`
      },
    ],
    [
      'the live event stream tells of a tip as it is given',
      async () => {
        const stream = await fetch(`${api.url}/api/admin/events`, {
          headers: { accept: 'text/event-stream', cookie: admin.cookieHeader() },
          signal: AbortSignal.timeout(10_000),
        })
        expect(stream.ok && stream.body, `a stream, not ${stream.status}`)
        await ada.json('POST', '/api/recommend')
        let seen = ''
        for await (const chunk of stream.body.pipeThrough(new TextDecoderStream())) {
          seen += chunk
          if (seen.includes('signals.tip.served')) break
        }
        expect(seen.includes('signals.tip.served'), 'the event')
        return 'signals.tip.served'
      },
    ],
    [
      'everything the administrator did is in the audit log',
      async () => {
        const { items } = await admin.json<{ items: { outcome: string }[] }>(
          'GET',
          '/api/admin/audit?limit=200',
        )
        const refused = items.filter(({ outcome }) => outcome === 'refused').length
        expect(refused === 2, 'also what was refused')
        return `${items.length} entries, ${refused} refused`
      },
    ],
    [
      'health of everything around',
      async () => {
        const { status, checks } = await admin.json<{
          status: string
          checks: Record<string, { status: string }>
        }>('GET', '/api/admin/health')
        expect(status === 'ok', `all is well, not ${status}`)
        return Object.entries(checks)
          .map(([name, check]) => `${name} ${check.status}`)
          .join(', ')
      },
    ],
  ]
}
