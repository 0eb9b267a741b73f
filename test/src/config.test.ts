import t from 'tap'
import { ConfigError, loadConfig } from '../../src/config.ts'
import { testEnv } from '../helper.ts'

/** What is wrong with an environment, as its operator reads it. */
function complaints(extra: Record<string, string>): string[] {
  try {
    loadConfig(testEnv(extra))
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

const vapid = {
  VAPID_PUBLIC_KEY: Buffer.alloc(65, 4).toString('base64url'),
  VAPID_PRIVATE_KEY: Buffer.alloc(32, 1).toString('base64url'),
  VAPID_SUBJECT: 'mailto:ops@oo.test',
}
const production = {
  NODE_ENV: 'production',
  API_BASE_URL: 'https://api.oo.test',
  WEB_BASE_URL: 'https://oo.test',
}
const secret = (seed: string) => `${seed}-0123456789-0123456789-0123456789`

const bad: [what: string, env: Record<string, string>, complaint: RegExp][] = [
  ['a port that is no number', { PORT: 'x' }, /^PORT: /],
  ['a port out of range', { PORT: '65536' }, /^PORT: /],
  [
    'a short secret in a list',
    { SESSION_SECRET: `${secret('a')},short` },
    /^SESSION_SECRET, entry 2: /,
  ],
  ['the same secret twice', { SESSION_SECRET: `${secret('a')},${secret('a')}` }, /same secret/],
  [
    'one secret for two things',
    { SESSION_SECRET: secret('a'), ADMIN_TOKEN: secret('a') },
    /^ADMIN_TOKEN: /,
  ],
  ['an address with a path', { API_BASE_URL: 'http://localhost:3001/api' }, /^API_BASE_URL: /],
  ['an address that is none', { ML_SERVING_URL: 'ml' }, /^ML_SERVING_URL: /],
  ['credentials in an address', { ML_SERVING_URL: 'http://u:p@ml' }, /^ML_SERVING_URL: /],
  ['half of the VAPID keys', { ...vapid, VAPID_SUBJECT: '' }, /^VAPID_SUBJECT: is missing/],
  ['a VAPID key that is none', { ...vapid, VAPID_PUBLIC_KEY: 'AAAA' }, /^VAPID_PUBLIC_KEY: /],
  ['a cron that is none', { PUSH_CRON: 'daily' }, /^PUSH_CRON: /],
  ['a proxy that is everyone', { TRUST_PROXY: '0.0.0.0/0' }, /trusts every address/],
  ['a proxy that is everyone, IPv6', { TRUST_PROXY: '10.0.0.0/8,::/0' }, /trusts every address/],
  ['proxies that are everyone by halves', { TRUST_PROXY: '0.0.0.0/1,128.0.0.0/1' }, /trusts every/],
  ['a proxy that is everyone, mapped', { TRUST_PROXY: '::ffff:0:0/96' }, /trusts every address/],
  ['a proxy that is no range', { TRUST_PROXY: 'true' }, /^TRUST_PROXY, entry 1: /],
  ['an unknown log level', { LOG_LEVEL: 'loud' }, /^LOG_LEVEL: must be one of/],
  ['a NATS address that is none', { NATS_URL: 'http://x' }, /^NATS_URL: /],
  ['no time at all', { ML_SCORE_TIMEOUT_MS: '0' }, /^ML_SCORE_TIMEOUT_MS: /],
  ['two sites without https', { WEB_BASE_URL: 'http://elsewhere.test' }, /two sites/],
  [
    'production without https',
    { ...production, API_BASE_URL: 'http://oo.test' },
    /^API_BASE_URL: must be https/,
  ],
  [
    'a sample in production',
    { ...production, SESSION_SECRET: secret('please-change-me') },
    /sample/,
  ],
  ['a short admin token in production', { ...production, ADMIN_TOKEN: 'short' }, /^ADMIN_TOKEN: /],
  [
    'plain push in production',
    { ...production, PUSH_ALLOWED_ORIGINS: 'http://push.test' },
    /^PUSH_ALLOWED/,
  ],
]

for (const [what, env, complaint] of bad) {
  t.test(`refused: ${what}`, async (t) => {
    const found = complaints(env)
    t.ok(
      found.some((line) => complaint.test(line)),
      found.join(' | ') || 'no complaint',
    )
  })
}

t.test('all that is wrong is told at once', async (t) => {
  t.equal(complaints({ PORT: 'x', LOG_LEVEL: 'x', GOOGLE_CLIENT_ID: '' }).length, 3)
})

t.test('an empty variable counts as not set', async (t) => {
  t.equal(loadConfig(testEnv({ PORT: '' })).PORT, 3001)
  t.match(complaints({ TODOIST_CLIENT_SECRET: ' ' }), ['TODOIST_CLIENT_SECRET: is missing'])
})

t.test('networks of one’s own may be trusted', async (t) => {
  const TRUST_PROXY = '10.0.0.0/8,172.16.0.0/12,127.0.0.1/32,fc00::/7,::1/128,::ffff:10.0.0.0/104'
  t.same(complaints({ TRUST_PROXY }), [])
})

t.test('lists are split, addresses get one spelling', async (t) => {
  const config = loadConfig(
    testEnv({
      TIP_PROMPT_VERSION: 'a, b,',
      ADMIN_EMAILS: 'Ada@Example.com',
      WEB_BASE_URL: 'http://LOCALHOST:3000/',
      ...vapid,
    }),
  )
  t.same(config.TIP_PROMPT_VERSION, ['a', 'b'])
  t.same(config.ADMIN_EMAILS, ['ada@example.com'])
  t.equal(config.WEB_BASE_URL, 'http://localhost:3000')
})

t.test('in production it listens to the network, at home to itself', async (t) => {
  t.equal(loadConfig(testEnv()).HOST, '127.0.0.1')
  t.equal(loadConfig(testEnv({ ...production, SESSION_SECRET: secret('a') })).HOST, '0.0.0.0')
})
