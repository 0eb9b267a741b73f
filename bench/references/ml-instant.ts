import { createServer, type IncomingMessage } from 'node:http'

/** ml/serving as fast as can be: every candidate is equally likely, and every tip reads the same. */
interface ScoreCall {
  decision_id: string
  candidates: { id: string }[]
}

const answers: Record<string, (text: string) => object> = {
  '/score': (text) => score(JSON.parse(text) as ScoreCall),
  '/generate': () => ({
    text: 'Call the plumber, it takes two minutes.',
    prompt_version: 'v1',
    model: 'bench',
  }),
  '/rewards': (text) => ({
    accepted: (JSON.parse(text) as { events: [] }).events.length,
    duplicates: 0,
  }),
  '/policies': () => ({
    active: 'linucb',
    policies: [{ name: 'linucb', version: '1', kind: 'linear' }],
  }),
}

function score({ decision_id, candidates }: ScoreCall): object {
  const p = 1 / candidates.length
  const scores = candidates.map(({ id }) => ({ id, score: 1, p }))
  const chosen_id = candidates[0]?.id
  const active = { name: 'linucb', version: '1', cold_start: false, scores }
  return { decision_id, chosen_id, propensity: p, active, shadows: [] }
}

const server = createServer(async (request, response) => {
  const path = request.url ?? ''
  const body = path.startsWith('/bytes/')
    ? Buffer.alloc(Number(path.slice('/bytes/'.length)), 'x')
    : JSON.stringify(answers[path]?.(await textOf(request)) ?? { deleted: true })
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
})

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

server.keepAliveTimeout = 60_000
server.listen(Number(process.env.PORT), '127.0.0.1')
