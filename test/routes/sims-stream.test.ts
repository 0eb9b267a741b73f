import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { followOutput } from '../../src/sims/output.ts'
import { build, signInAsAdmin, type TestApp, WEB } from '../helper.ts'

interface World extends TestApp {
  url: string
  cookie: string
  /** A simulator that is waited for with a file: it goes on when the file is there. */
  go(): Promise<void>
}

/** Says one thing, waits, says another, and fails. */
const TALKER = `import { existsSync } from 'node:fs'
process.stdout.write('first €\\n')
while (!existsSync(new URL('go', import.meta.url))) await new Promise((look) => setTimeout(look, 20))
process.stdout.write('second 😀\\n')
process.exitCode = 1
`

async function startWorld(t: Test): Promise<World> {
  const folder = t.testdir({ 'talker.mjs': TALKER })
  const world = await build(t, {
    DATABASE_PATH: join(folder, 'oo.db'),
    SIM_COMMAND: `${process.execPath} ${join(folder, 'talker.mjs')}`,
  })
  const url = await world.app.listen({ port: 0, host: '127.0.0.1' })
  const go = () => writeFile(join(folder, 'go'), '')
  return { ...world, url, cookie: await signInAsAdmin(world), go }
}

async function start({ url, cookie }: World): Promise<string> {
  const answer = await fetch(`${url}/api/admin/sim/run`, {
    method: 'POST',
    headers: { cookie, 'content-type': 'application/json' },
    body: JSON.stringify({ policy: 'random', judge: 'persona' }),
  })
  return ((await answer.json()) as { run: { id: string } }).run.id
}

const follow = ({ url, cookie }: World, id: string, headers: object = {}, query = '') =>
  fetch(`${url}/api/admin/sim/runs/${id}/output${query}`, {
    headers: { cookie, accept: 'text/event-stream', origin: WEB, ...headers },
  })

interface SentEvent {
  id?: string
  event?: string
  data: { data?: string; status?: string }
}

/** The events of a stream as they come. */
async function* eventsOf(answer: Response): AsyncGenerator<SentEvent> {
  let text = ''
  for await (const chunk of (answer.body as ReadableStream).pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() as string
    for (const block of blocks.filter((lines) => !lines.startsWith(':'))) {
      const fields = block.split('\n').map((line) => line.split(/: (.*)/).slice(0, 2))
      const { data, ...rest } = Object.fromEntries(fields)
      yield { ...rest, data: JSON.parse(data) }
    }
  }
}

t.test('a run is followed to its end, as it speaks', async (t) => {
  const world = await startWorld(t)
  const answer = await follow(world, await start(world))
  t.equal(answer.headers.get('content-type'), 'text/event-stream')
  t.equal(answer.headers.get('access-control-allow-origin'), WEB)
  const events = eventsOf(answer)
  t.match((await events.next()).value, { id: '10', data: { offset: 0, data: 'first €\n' } })
  const audited = world.app.db.selectFrom('audit').select('status')
  const entries = await audited.where('action', '=', 'readSimulationOutput').execute()
  t.same(entries, [{ status: 200 }], 'a stream is taken down when it begins')
  await world.go()
  t.match((await events.next()).value, { id: '22', data: { offset: 10, data: 'second 😀\n' } })
  t.match((await events.next()).value, { id: '22', event: 'done', data: { status: 'failed' } })
  t.ok((await events.next()).done)
})

t.test('Last-Event-ID resumes, and counts before the offset', async (t) => {
  const world = await startWorld(t)
  await world.go()
  const id = await start(world)
  await Array.fromAsync(eventsOf(await follow(world, id)))
  const resumed = await follow(world, id, { 'last-event-id': '10' }, '?offset=3')
  t.match(await Array.fromAsync(eventsOf(resumed)), [
    { data: { data: 'second 😀\n' } },
    { event: 'done' },
  ])
  const wrong = await follow(world, id, { 'last-event-id': 'x' })
  t.match(await wrong.json(), { status: 400, errors: [{ path: 'headers.last-event-id' }] })
})

t.test('an unknown run is a problem, not a stream', async (t) => {
  const answer = await follow(await startWorld(t), 'none')
  t.equal(answer.status, 404)
  t.match(answer.headers.get('content-type'), 'application/problem+json')
})

t.test('the server’s end is the stream’s end', async (t) => {
  const world = await startWorld(t)
  const events = eventsOf(await follow(world, await start(world)))
  await events.next()
  await world.app.close()
  t.ok((await events.next()).done)
})

t.test('nobody looks any more when the reader has gone away', async (t) => {
  const world = await startWorld(t)
  const id = await start(world)
  let looks = 0
  const deps = {
    db: world.app.db,
    get root() {
      looks += 1
      return world.app.sims.root
    },
  }
  const stream = followOutput(deps, id, 0, world.app.sims.closing)
  for await (const text of stream) if (text.includes('first')) break
  t.ok(stream.destroyed)
  await sleep(300)
  const before = looks
  await sleep(800)
  t.equal(looks, before)
})
