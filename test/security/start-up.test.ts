import t from 'tap'
import { failedStart } from '../failed-start.ts'
import { testEnv } from '../helper.ts'

const secret = (seed: string) => `${seed}-0123456789-0123456789-0123456789`
const production = {
  NODE_ENV: 'production',
  API_BASE_URL: 'https://api.oo.test',
  WEB_BASE_URL: 'https://oo.test',
}

/** Each is refused by the process itself, with exit 1, by the name of the variable. */
const REFUSED: [what: string, env: Record<string, string>, names: string[]][] = [
  [
    'sample secrets in production',
    { ...production, SESSION_SECRET: secret('change-me'), ADMIN_TOKEN: secret('example') },
    ['SESSION_SECRET', 'ADMIN_TOKEN'],
  ],
  [
    'short secrets',
    { ...production, SESSION_SECRET: 'short-one', ADMIN_TOKEN: 'tiny-one' },
    ['SESSION_SECRET', 'ADMIN_TOKEN'],
  ],
  [
    'equal secrets',
    { SESSION_SECRET: secret('a'), ADMIN_TOKEN: secret('a'), METRICS_TOKEN: secret('a') },
    ['ADMIN_TOKEN', 'METRICS_TOKEN'],
  ],
  [
    'plain http in production',
    { ...production, API_BASE_URL: 'http://oo.test', WEB_BASE_URL: 'http://oo.test' },
    ['API_BASE_URL', 'WEB_BASE_URL'],
  ],
  ['two sites without https', { WEB_BASE_URL: 'http://elsewhere.test' }, ['WEB_BASE_URL']],
  ['a proxy that is everyone', { TRUST_PROXY: '0.0.0.0/0' }, ['TRUST_PROXY']],
  ['a proxy that is everyone by halves', { TRUST_PROXY: '0.0.0.0/1,128.0.0.0/1' }, ['TRUST_PROXY']],
]

for (const [what, env, names] of REFUSED) {
  t.test(`the start refuses ${what}, and shows no value`, async (t) => {
    const { code, output } = await failedStart(testEnv(env))
    t.equal(code, 1)
    for (const name of names) t.match(output, new RegExp(`- ${name}[:,]|, ${name}:`), name)
    const values = Object.entries(env).filter(([name]) => name !== 'NODE_ENV')
    for (const [, value] of values) t.notMatch(output, value)
    t.notMatch(output, /^\s+at /m, 'no stack')
  })
}
