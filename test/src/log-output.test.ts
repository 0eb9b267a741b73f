import { spawnSync } from 'node:child_process'
import t from 'tap'

const MODULE = JSON.stringify(new URL('../../src/log-output.ts', import.meta.url).href)
const LINES = 5_000

/** What a process prints that logs so many lines and then ends in this way. */
function printed(end: string): string[] {
  const script = `
    const { logOutput } = await import(${MODULE})
    const output = logOutput()
    for (let n = 0; n < ${LINES}; n++) output.write(JSON.stringify({ n }) + '\\n')
    ${end}`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  return stdout.trimEnd().split('\n')
}

const all = Array.from({ length: LINES }, (_, n) => JSON.stringify({ n }))

for (const [how, end] of [
  ['by itself', ''],
  ['by process.exit', 'process.exit(0)'],
  ['by an uncaught error', 'throw new Error("broken")'],
] as const) {
  t.test(`no line is lost when the process ends ${how}`, async (t) => {
    t.same(printed(end), all)
  })
}

t.test('a line is written soon, also when no other follows', async (t) => {
  const lines = printed(`
    output.write('last\\n')
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    process.kill(process.pid, 'SIGKILL')`)
  t.same(lines, [...all, 'last'])
})
