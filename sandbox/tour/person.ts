import { signInThroughPages } from '../identity/walk.ts'
import { approveTodoist } from '../todoist/walk.ts'
import type { World } from '../world.ts'
import type { Step } from './step.ts'
import { expect, until, type Visitor } from './visitor.ts'

export interface Tip {
  id: string
  text: string
  source: string
  policy: string
  task: { id: string; content: string; due: string | null; priority: number } | null
}

interface Integration {
  provider: string
  status: string
  lastSyncedAt: string | null
  taskCount: number
}

/** The part of a decision’s receipt that the tour reads. */
interface Receipt {
  candidates: { p: number; features: { priority: number } }[]
}

const ROUND = 10

/** What a person does with oo: sign in, connect, get tips, answer them. */
export function personSteps({ webUrl, ml, push }: World, ada: Visitor, admin: Visitor): Step[] {
  let firstTip: Tip | undefined
  /** She likes what the policy did not begin with: urgent tasks (Todoist’s priorities 3 and 4), or the others. */
  const isHers = (priority: number) => priority >= 3 !== (firstTip?.task?.priority ?? 0) >= 3
  const likes = (tip: Tip) => isHers(tip.task?.priority ?? 0)

  const todoist = async () => {
    const { integrations } = await ada.json<{ integrations: Integration[] }>(
      'GET',
      '/api/integrations',
    )
    return integrations.find(({ provider }) => provider === 'todoist')
  }
  const recommend = async () => (await ada.json<{ tip: Tip }>('POST', '/api/recommend')).tip
  const answer = (tip: Tip, action: string) =>
    ada.json('POST', `/api/tip/${tip.id}/feedback`, { body: { action } })

  /** How probable the policy made a task of her kind when it gave this tip: from the decision’s receipt. */
  async function chanceOfHerKind(tip: Tip): Promise<number> {
    const { candidates } = await admin.json<Receipt>('GET', `/api/admin/decisions/${tip.id}`)
    const hers = candidates.filter(({ features }) => isHers(features.priority))
    return hers.reduce((sum, { p }) => sum + p, 0)
  }

  async function round(): Promise<{ liked: number; last: Tip }> {
    let liked = 0
    let tip: Tip | undefined
    for (let i = 0; i < ROUND; i += 1) {
      tip = await recommend()
      expect(tip.source === 'model', `the tip comes from the model, not from ${tip.source}`)
      liked += likes(tip) ? 1 : 0
      await answer(tip, likes(tip) ? 'done' : 'dismiss')
    }
    return { liked, last: tip as Tip }
  }

  return [
    [
      'the API is healthy and ready',
      async () => {
        await ada.json('GET', '/health')
        await ada.json('GET', '/ready')
        return '/health, /ready'
      },
    ],
    [
      'Ada signs in through the provider’s own pages',
      async () => {
        const { authorizationUrl } = await ada.json<{ authorizationUrl: string }>(
          'POST',
          '/api/auth/login',
          { body: { returnTo: '/' } },
        )
        const back = await signInThroughPages({ authorizationUrl, login: 'ada' })
        expect((await ada.follow(back)) === `${webUrl}/`, 'she is back on the web app')
        const { user } = await ada.json<{ user: { name: string } }>('GET', '/api/auth/session')
        return user.name
      },
    ],
    [
      'without tasks there is a friendly first tip',
      async () => {
        const tip = await recommend()
        expect(tip.source === 'cold_start' && tip.task === null, 'a cold start')
        return `“${tip.text}”`
      },
    ],
    [
      'she connects Todoist on Todoist’s page',
      async () => {
        const { authorizationUrl } = await ada.json<{ authorizationUrl: string }>(
          'POST',
          '/api/integrations/todoist/connect',
          { body: { returnTo: '/' } },
        )
        const back = await ada.follow(await approveTodoist({ authorizationUrl }))
        expect(back === `${webUrl}/?connected=todoist`, 'she is back on the web app')
        return (await todoist())?.status ?? ''
      },
    ],
    [
      'the first sync brings her tasks',
      async () => {
        const synced = await until('the first sync', 10, async () => {
          const row = await todoist()
          return row?.lastSyncedAt && row.taskCount > 0 ? row : undefined
        })
        return `${synced.taskCount} open tasks`
      },
    ],
    [
      'a tip, by the model',
      async () => {
        const tip = await recommend()
        expect(tip.source === 'model' && tip.task, 'a tip about a task of hers')
        firstTip = tip
        await answer(tip, 'viewed')
        return `“${tip.text}” (${tip.policy})`
      },
    ],
    [
      'the same key gives the same tip',
      async () => {
        const headers = { 'idempotency-key': 'tour-1' }
        const [one, two] = [
          await ada.json<{ tip: Tip }>('POST', '/api/recommend', { headers }),
          await ada.json<{ tip: Tip }>('POST', '/api/recommend', { headers }),
        ]
        expect(one.tip.id === two.tip.id, 'one tip')
        return one.tip.id
      },
    ],
    [
      `round one: ${ROUND} tips, she does another kind than the first`,
      async () => {
        const { liked } = await round()
        return `${liked} of ${ROUND} to her liking`
      },
    ],
    [
      'her answers reach ml/serving',
      async () => {
        const rewards = await until('the rewards', 10, async () => {
          const received = ml.control.rewards().length
          return received >= ROUND ? received : undefined
        })
        return `${rewards} rewards`
      },
    ],
    [
      `round two: ${ROUND} tips of a policy that has learned`,
      async () => {
        const { liked, last } = await round()
        const before = await chanceOfHerKind(firstTip as Tip)
        const now = await chanceOfHerKind(last)
        expect(now > before, `her kind is more probable than the ${before} before, not ${now}`)
        const percent = (p: number) => `${Math.round(p * 100)} %`
        return `${liked} of ${ROUND} to her liking; chance of her kind ${percent(before)} → ${percent(now)}`
      },
    ],
    [
      'ml/serving goes down: a tip all the same, by the rules',
      async () => {
        ml.control.fault({ endpoint: 'score', kind: '500' })
        const tip = await recommend()
        ml.control.fault({ endpoint: 'score', kind: null })
        expect(tip.source === 'rules', `by the rules, not by ${tip.source}`)
        return `“${tip.text}”`
      },
    ],
    [
      'she turns push on, and a notice arrives, decrypted',
      async () => {
        const { publicKey } = await ada.json<{ publicKey: string }>('GET', '/api/push/key')
        const subscription = push.subscribe(publicKey)
        await ada.json('POST', '/api/push/subscribe', { body: subscription, status: 201 })
        const result = await ada.json<{ sent: number }>('POST', '/api/push/test')
        expect(result.sent === 1, 'one notice sent')
        const [message] = push.messages(subscription.endpoint)
        expect(message, 'a notice that the device could decrypt')
        return message.data.slice(0, 60)
      },
    ],
    [
      'she takes everything held about her with her',
      async () => {
        const document = await ada.json<{ tips: unknown[]; tasks: unknown[] }>(
          'GET',
          '/api/user/export',
        )
        expect(document.tips.length > 2 * ROUND, 'her tips are in it')
        return `${document.tips.length} tips, ${document.tasks.length} tasks`
      },
    ],
  ]
}

interface DeletionReceipt {
  rows: Record<string, number>
  upstream: { provider: string; revoked: string }[]
  mlServing: string
}

/** And leaves. */
export function leavingSteps({ todoist }: World, ada: Visitor): Step[] {
  return [
    [
      'she deletes her account: a true receipt, no session, no token',
      async () => {
        const { receipt } = await ada.json<{ receipt: DeletionReceipt }>('DELETE', '/api/user')
        const session = await ada.json<{ user?: object }>('GET', '/api/auth/session')
        expect(session.user === undefined, 'she is signed out')
        expect(
          receipt.upstream.every(({ revoked }) => revoked === 'revoked'),
          'Todoist was told',
        )
        expect(todoist.control.tokens().length === 0, 'no token of hers lives at Todoist')
        const rows = Object.values(receipt.rows).reduce((sum, count) => sum + count, 0)
        return `${rows} rows removed, ml/serving ${receipt.mlServing}`
      },
    ],
  ]
}
