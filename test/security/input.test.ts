import t from 'tap'
import { createRandom } from '../../sandbox/todoist/random.ts'
import { startAccountWorld } from '../account-world.ts'
import { signInAsAdmin, signInPerson, type TestApp } from '../helper.ts'
import { createAnswerCheck, documentOf, operationsOf } from '../openapi.ts'
import { makeRequest } from './generator.ts'

/** Another seed finds other things; this one is the same every time. */
const SEED = Number(process.env.OO_SEED ?? 20_261_122)
const ROUNDS = Number(process.env.OO_ROUNDS ?? 20)

/** Other services may be absent: these statuses say so. */
const NEIGHBOUR_STATUSES = new Set([502, 503, 504])
/** What is said about the whole request has no place in it. */
const WITHOUT_PLACE = new Set(['bad_path', 'oauth_state_invalid'])
/** After these the session that was used may be over. */
const ENDS_SESSIONS = new Set(['logout', 'endSession', 'endOtherSessions', 'deleteAccount'])

t.test(
  'thousands of valid and near-valid requests: never a 5xx of ours, never off the document',
  { timeout: 120_000 },
  async (t) => {
    const { world, person } = await startAccountWorld(t, {
      tasks: 5,
      tips: 3,
      env: { SIM_COMMAND: 'true', RATE_LIMIT_AUTH: '100000' },
    })
    const { app } = world
    const random = createRandom(SEED)
    const document = documentOf(app)
    const wrongWith = createAnswerCheck(app)
    const cookies = { nobody: '', person: person.cookie, admin: await signInAsAdmin(world) }
    const ids = await idsOf(world, cookies)
    const statuses = new Map<number, number>()

    for (let round = 0; round < ROUNDS; round += 1) {
      for (const operation of operationsOf(app)) {
        for (const who of ['nobody', 'person', 'admin'] as const) {
          const request = makeRequest(document, operation, ids, random)
          request.headers = { ...request.headers, cookie: cookies[who] }
          const answer = await app.inject(request)
          statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1)
          const wrong = wrongWith(operation, answer) ?? wrongWithStatus(answer)
          if (wrong) {
            const what = { ...request, payload: String(request.payload ?? '').slice(0, 300) }
            t.fail(`${operation.operationId} as ${who}: ${wrong.slice(0, 300)}`, {
              request: what,
              body: answer.body.slice(0, 500),
            })
          }
          if (ENDS_SESSIONS.has(operation.operationId)) {
            cookies.admin = await signInAsAdmin(world)
            const { userId, cookie } = await signInPerson(world)
            cookies.person = cookie
            ids.push(userId)
          }
        }
      }
    }
    const made = [...statuses.values()].reduce((sum, count) => sum + count, 0)
    t.comment(`${made} requests: ${JSON.stringify(Object.fromEntries(statuses))}`)
    t.ok(made > 2_000)
    for (const status of [200, 204, 400, 401, 403, 404, 413, 415])
      t.ok(statuses.has(status), `${status}`)
  },
)

function wrongWithStatus(answer: {
  statusCode: number
  json(): { code: string; errors?: { path: string }[] }
}) {
  const { statusCode } = answer
  if (statusCode >= 500 && !NEIGHBOUR_STATUSES.has(statusCode)) return `${statusCode}`
  if (statusCode !== 400) return undefined
  const { code, errors } = answer.json()
  return WITHOUT_PLACE.has(code) || errors?.[0]?.path ? undefined : `400 ${code} without a place`
}

/** Ids and names of what there is, of every kind. */
async function idsOf({ app }: TestApp, { person, admin }: { person: string; admin: string }) {
  const get = async (url: string, cookie: string) =>
    (await app.inject({ url, headers: { cookie } })).json()
  const { items: tips } = await get('/api/tips', person)
  const { items: sessions } = await get('/api/auth/sessions', person)
  const { id } = await get('/api/user/profile', person)
  const { user } = await get('/api/auth/session', admin)
  const { run } = (
    await app.inject({
      method: 'POST',
      url: '/api/admin/sim/run',
      headers: { cookie: admin },
      payload: { policy: 'random', judge: 'persona' },
    })
  ).json()
  return [
    tips[0].id,
    sessions[0].id,
    id,
    user.id,
    run.id,
    'todoist',
    'linucb',
    'rules',
    'operating',
  ]
}
