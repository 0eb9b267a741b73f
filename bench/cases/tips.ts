import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Bench, type Case, type Row, throughput } from '../bench.ts'
import type { LoadSpec, Target } from '../load/wire.ts'
import { compare, median, runsOf } from '../rounds.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, cookieOf, type Person } from '../seed/people.ts'
import { addTasks } from '../seed/tasks.ts'
import { addTips } from '../seed/tips.ts'
import { cpuTime, type Server } from '../server.ts'

/** So many that nobody gets more tips than somebody would in a week: those are looked at for each new one. */
const PEOPLE = 2_000
const TASKS = 20
const CONNECTIONS = 20
/** Seconds until a server that had a pause is as it is when it goes on. */
const LEAD_IN = 3
const ACTIONS = ['viewed', 'done', 'helpful', 'snooze', 'not_helpful', 'dismiss']

/** A database for us and the same again for the reference, and ml/serving answering at once. */
async function prepare<R>(bench: Bench, name: string, fill: Parameters<typeof makeDatabase<R>>[1]) {
  const ours = join(bench.folder, `${name}.db`)
  const theirs = join(bench.folder, `${name}-reference.db`)
  const filled = await makeDatabase(ours, fill)
  await copyFile(ours, theirs)
  const ml = await bench.reference('ml-instant', {}, 'load')
  const url = `http://127.0.0.1:${ml.port}`
  const api = await bench.api(ours, {
    ML_SERVING_URL: url,
    ML_SCORE_TIMEOUT_MS: '5000',
    ML_GENERATE_TIMEOUT_MS: '5000',
  })
  return { filled, theirs, ml, url, api }
}

/** Making a tip out of twenty tasks. */
export const recommendCase: Case = {
  name: 'recommend',
  async run(bench) {
    const { load, seconds, rounds, tail } = bench
    const world = await prepare(bench, 'recommend', (database) => {
      const people = addPeople(database, PEOPLE)
      addTasks(database, people, TASKS)
      return people
    })
    const { filled: people, theirs, ml, url, api } = world
    const bare = await bench.reference('recommend-bare', {
      DATABASE_PATH: theirs,
      USER_ID: (people[0] as Person).id,
      ML_SERVING_URL: url,
    })
    const targets = people.map((person) => post('/api/recommend', {}, cookieOf(person)))
    const spec = ({ port }: Server): LoadSpec => ({
      ...{ port, targets, seconds, connections: CONNECTIONS, status: 200 },
    })
    const side = (server: Server) => ({ server, run: () => load.run(spec(server)) })
    const compared = await compare(side(api), side(bare), rounds)

    const halves: Half[] = []
    for (let round = 0; round < tail.rounds; round++) {
      halves.push({
        ours: await atHalf(bench, { server: api, ml, targets }, compared.ours.rate),
        bare: await atHalf(bench, { server: bare, ml, targets }, compared.reference.rate),
      })
    }
    return [throughput('POST /api/recommend : bare script', compared, 0.5), addedRow(halves)]
  },
}

/** What was measured of a server at half of the load that it can take. */
interface AtHalf {
  /** By how much p99 is longer than that of the two calls alone, in milliseconds. */
  added: number
  /** How much of the time the processor was busy with it, from 0 to 1. */
  busy: number
}

type Half = Record<'ours' | 'bare', AtHalf>

/**
 * The two calls alone go from the generator to ml/serving at the same rate, so that the machine's own pauses are in both.
 *
 * @param rate requests a second that the server can take.
 */
async function atHalf(
  { load, tail }: Bench,
  { server, ml, targets }: { server: Server; ml: Server; targets: Target[] },
  rate: number,
): Promise<AtHalf> {
  const spec = { connections: CONNECTIONS, seconds: tail.seconds, rate: rate / 2, status: 200 }
  const calls = await load.run({ ...spec, port: ml.port, targets: mlCalls(), together: 2 })
  const before = cpuTime(server)
  const tips = await load.run({ ...spec, port: server.port, targets, leadIn: LEAD_IN })
  const busy = (cpuTime(server) - before) / ((LEAD_IN + tips.seconds) * 1e6)
  return { added: tips.p99 - calls.p99, busy }
}

/** What the bare script adds at half of its own load tells what this machine allows. */
function addedRow(halves: Half[]): Row {
  const of = (side: keyof Half) => ({
    added: median(halves.map((half) => half[side].added)),
    busy: median(halves.map((half) => half[side].busy)),
  })
  const text = ({ added, busy }: AtHalf) =>
    `${added.toFixed(1)} ms, core ${Math.round(100 * busy)} % busy`
  const ours = of('ours')
  return {
    name: 'POST /api/recommend at half load: p99 added to that of its two calls : 5 ms',
    ours: text(ours),
    reference: `5 ms; bare script at half of its own load ${text(of('bare'))}`,
    ratio: ours.added / 5,
    budget: { atMost: 1 },
  }
}

/** The two calls of a tip, as ml/serving gets them. */
function mlCalls(): Target[] {
  const candidates = Array.from({ length: TASKS }, (_, n) => ({ id: `todoist:${n}`, features: {} }))
  return [post('/score', { decision_id: 'bench', candidates }), post('/generate', {})]
}

/** Storing answers to tips, each once. */
export const feedbackCase: Case = {
  name: 'feedback',
  async run(bench) {
    const { load, seconds, rounds, quick } = bench
    const tips = quick ? 10_000 : 60_000
    const world = await prepare(bench, 'feedback', (database) => {
      const [person] = addPeople(database, 1) as [Person]
      return { person, ids: addTips(database, person, tips) }
    })
    const { person, ids } = world.filled
    const bare = await bench.reference('feedback-bare', {
      DATABASE_PATH: world.theirs,
      USER_ID: person.id,
    })
    const share = Math.floor(ids.length / runsOf(rounds))
    const side = (server: Server) => ({
      server,
      run: (round: number) =>
        load.run({
          port: server.port,
          targets: answersTo(ids.slice(round * share, (round + 1) * share), cookieOf(person)),
          once: true,
          ...{ seconds, connections: CONNECTIONS, status: 200 },
        }),
    })
    const compared = await compare(side(world.api), side(bare), rounds)
    return [throughput('POST /api/tip/:id/feedback : bare transaction', compared, 0.5)]
  },
}

const answersTo = (ids: string[], headers: Record<string, string>): Target[] =>
  ACTIONS.flatMap((action) => ids.map((id) => post(`/api/tip/${id}/feedback`, { action }, headers)))

const post = (path: string, body: object, headers: Record<string, string> = {}): Target => ({
  ...{ method: 'POST', path, headers },
  body: JSON.stringify(body),
})
