import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

/** A Todoist that is 50 ms away, where nothing has changed but one task. */
const LATENCY_MS = 50

const item = {
  id: '1',
  content: 'Water the plants',
  description: '',
  project_id: 'p',
  priority: 2,
  due: null,
  deadline: null,
  labels: [],
  checked: false,
  is_deleted: false,
  added_at: '2026-11-01T08:00:00.000000Z',
  updated_at: '2026-11-01T08:00:00.000000Z',
  completed_at: null,
}
const projects = [{ id: 'p', name: 'Home', is_archived: false, is_deleted: false }]
const user = { id: 'u', tz_info: { timezone: 'Europe/Berlin' } }
const answer = JSON.stringify({
  ...{ sync_token: 'next', full_sync: true, items: [item], projects, user },
})

createServer(async (request, response) => {
  request.resume()
  await sleep(LATENCY_MS)
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(answer),
  })
  response.end(answer)
}).listen(Number(process.env.PORT), '127.0.0.1')
