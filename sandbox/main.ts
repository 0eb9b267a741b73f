import { parseArgs } from 'node:util'
import { startWorld, type World } from './world.ts'

/**
 * `npm run sandbox`: the whole world on loopback, to click through. Ctrl-C ends it and leaves nothing behind.
 * With `-- --history 30d` it opens with a past of so many days.
 */
const WEB_PORT = 3000
const API_PORT = 3001
const LIFE_SECONDS = 45

const historyDays = historyWanted()
console.log('Starting oo-api and everything it talks to …')
const world = await startWorld({
  webPort: WEB_PORT,
  apiPort: API_PORT,
  lifeSeconds: LIFE_SECONDS,
  historyDays,
})
console.log(guide(world))

let stopping = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
world.api.child.once('exit', (code) => {
  if (stopping) return
  console.error(`oo-api ended by itself (exit ${code}):\n${world.api.lines.slice(-20).join('\n')}`)
  process.exitCode = 1
  stop()
})

function historyWanted(): number {
  const { history = '0d' } = parseArgs({ options: { history: { type: 'string' } } }).values
  const [, days] = /^(\d{1,2})d$/.exec(history) ?? []
  if (days !== undefined) return Number(days)
  console.error(`--history takes days, such as 30d, not "${history}"`)
  process.exit(2)
}

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  console.log('\nStopping …')
  await world.close()
  console.log('Stopped; the sandbox’s database is removed.')
}

function guide({ webUrl, api, identity, todoist, ml, push, adminToken, databasePath }: World) {
  return `
  Open      ${webUrl}
            Sign in as anyone, connect Todoist, get a tip, answer it, get the next.
            Olive Operator is an administrator; "Cancel" on a consent page is worth a try too.

  What runs where
    web app              ${webUrl}
    oo-api               ${api.url}   (API: ${api.url}/api/docs)
    console              ${api.url}/admin/   (admin token: ${adminToken})
    OpenID provider      ${identity.issuer}
    Todoist              ${todoist.url}   (a task changes every ${LIFE_SECONDS} s)
    ml/serving           ${ml.url}
    push service         ${push.url}
    database             ${databasePath}

  As the administrator, from a shell
    curl -c /tmp/oo-cookies -H 'content-type: application/json' \\
      -d '{"token":"${adminToken}"}' ${api.url}/api/auth/token
    curl -b /tmp/oo-cookies ${api.url}/api/admin/health

  Break something and watch what a user sees
    curl -H 'content-type: application/json' -d '{"endpoint":"score","kind":"500"}' ${ml.url}/_control/fault
    curl -H 'content-type: application/json' -d '{"endpoint":"score","kind":null}'  ${ml.url}/_control/fault

  Ctrl-C stops everything.
`
}
