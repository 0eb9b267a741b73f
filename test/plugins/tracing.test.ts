import t from 'tap'
import { outboundTraceparent, parseTraceparent } from '../../src/trace.ts'
import { build } from '../helper.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

const traceIdFor = async (t: Parameters<typeof build>[0], traceparent: string) => {
  const { app } = await build(t)
  const answer = await app.inject({ url: '/nowhere', headers: { traceparent } })
  return answer.json().traceId
}

t.test('a valid traceparent is continued', async (t) => {
  t.equal(await traceIdFor(t, `00-${TRACE}-${SPAN}-01`), TRACE)
  t.equal(await traceIdFor(t, `cc-${TRACE}-${SPAN}-01`), TRACE, 'a higher version')
  t.equal(await traceIdFor(t, `cc-${TRACE}-${SPAN}-01-what-comes`), TRACE, 'with more in it')
})

t.test('an invalid one starts a new trace', async (t) => {
  const invalid = [
    'garbage',
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-${SPAN}-01`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `00-${TRACE.slice(1)}g-${SPAN}-01`,
  ]
  for (const traceparent of invalid) {
    const traceId = await traceIdFor(t, traceparent)
    t.match(traceId, /^[0-9a-f]{32}$/, traceparent)
    t.not(traceId.toLowerCase(), TRACE, traceparent)
  }
})

t.test('an outbound call keeps trace and sampled flag and has a parent of its own', async (t) => {
  for (const [flags, sent] of [
    ['00', '00'],
    ['01', '01'],
    ['03', '01'],
    ['02', '00'],
  ] as const) {
    const out = parseTraceparent(outboundTraceparent({ traceId: TRACE, flags }))
    t.match(out, { traceId: TRACE, flags: sent })
    t.not(out?.parentId, SPAN)
  }
})
