import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { openJobLock } from '../../db/job-lock.ts'
import { build } from '../helper.ts'

t.test('of two apps on one database one runs the jobs, and the other takes over', async (t) => {
  const path = join(t.testdir(), 'oo.db')
  const first = await build(t, { DATABASE_PATH: path })
  const second = await build(t, { DATABASE_PATH: path, LOG_LEVEL: 'info' })
  const runs: string[] = []
  for (const [name, { app }] of Object.entries({ first, second })) {
    app.jobLock.whenHeld(() => void runs.push(name))
  }
  t.equal(first.app.jobLock.isHeld(), true)
  t.equal(second.app.jobLock.isHeld(), false)
  const said = () => second.log.map(({ msg }) => msg).join('\n')
  t.match(said(), 'another process runs the jobs')
  t.same(runs, ['first'])
  t.equal((await second.app.inject('/ready')).statusCode, 200, 'it serves')

  await first.app.close()
  for (let tries = 0; runs.length < 2 && tries < 100; tries++) await sleep(50)
  t.equal(second.app.jobLock.isHeld(), true)
  t.same(runs, ['first', 'second'])
  t.match(said(), 'this one runs them now')
})

t.test('what cannot begin when the jobs are taken over is tried again', async (t) => {
  const path = join(t.testdir(), 'oo.db')
  const first = await build(t, { DATABASE_PATH: path })
  const second = await build(t, { DATABASE_PATH: path })
  const runs: string[] = []
  second.app.jobLock.whenHeld(async () => {
    runs.push('tried')
    if (runs.length === 1) throw new Error('the disk is full')
  })
  second.app.jobLock.whenHeld(() => void runs.push('behind it'))

  await first.app.close()
  for (let tries = 0; runs.length < 3 && tries < 100; tries++) await sleep(50)
  t.same(runs, ['tried', 'tried', 'behind it'])
})

t.test('a killed process leaves no lock behind', async (t) => {
  const path = join(t.testdir(), 'oo.db')
  const program = `
    import { openJobLock } from '${join(import.meta.dirname, '../../db/job-lock.ts')}'
    const lock = openJobLock('${path}')
    console.log(lock.take())
    setInterval(() => lock.take(), 1_000)
  `
  const holder = spawn(process.execPath, ['--input-type=module-typescript', '-e', program])
  t.teardown(() => holder.kill('SIGKILL'))
  const [said] = await once(holder.stdout, 'data')
  t.match(String(said), 'true')
  const lock = openJobLock(path)
  t.teardown(() => lock.release())
  t.equal(lock.take(), false)
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  t.equal(lock.take(), true)
  t.equal(lock.take(), true, 'it is ours already')
})

t.test('a database in memory belongs to its process', async (t) => {
  t.equal(openJobLock(':memory:').take(), true)
  t.notOk(existsSync(':memory:-jobs'))
})
