import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { checkConfig, readConfig } from '../../sim/config.ts'

const good = { run_id: 'r', policy: 'linucb', judge: 'persona', users: 10, steps: 5, seed: 1 }

t.test('good configs pass, at the ends of their ranges too', async (t) => {
  t.strictSame(checkConfig(good), good)
  checkConfig({ ...good, users: 1, steps: 1, seed: -3 })
  checkConfig({ ...good, users: 10_000, steps: 1000, seed: Number.MAX_SAFE_INTEGER })
})

t.test('a bad parameter is named with what it may be', async (t) => {
  const cases: [Record<string, unknown>, RegExp][] = [
    [{ users: 0 }, /users: .*greater or equal to 1\b/],
    [{ users: 10_001 }, /users: .*less or equal to 10000/],
    [{ steps: 1.5 }, /steps: .*integer/],
    [{ steps: '5' }, /steps: .*integer/],
    [{ seed: 1e300 }, /seed: /],
    [{ policy: 'best' }, /policy: .*random, rules, epsilon-greedy, linucb, thompson/],
    [{ judge: 'me' }, /judge: .*persona, ml/],
    [{ turbo: true }, /turbo: is not a parameter/],
    [{ run_id: undefined }, /run_id: is missing/],
  ]
  for (const [change, message] of cases) {
    const { run_id, ...rest } = { ...good, ...change }
    t.throws(() => checkConfig(run_id === undefined ? rest : { run_id, ...rest }), {
      name: 'ConfigError',
      message,
    })
  }
  t.throws(() => checkConfig({ ...good, users: 0, steps: 0 }), { message: /users: .*; steps: / })
  t.throws(() => checkConfig([]), { message: /expected an object/ })
})

t.test('a file that is absent or not JSON is said to be', async (t) => {
  const dir = t.testdir()
  const path = join(dir, 'run.json')
  await t.rejects(readConfig(path), { name: 'ConfigError', message: /cannot read .*ENOENT/ })
  await writeFile(path, '{"run_id":')
  await t.rejects(readConfig(path), { name: 'ConfigError', message: /is not JSON/ })
  await writeFile(path, JSON.stringify(good))
  t.strictSame(await readConfig(path), good)
})
