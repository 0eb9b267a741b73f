import t from 'tap'
import { rebuildProfile, resetBandit } from '../../../src/policies/user-state.ts'
import { newTrace } from '../../../src/trace.ts'
import { addTasks, startTips } from '../tips/world.ts'

t.test('a reset tells ml/serving, with the reason', async (t) => {
  const { app, ml, ada } = await startTips(t)
  const { stateVersion } = await resetBandit(app, ada.userId, 'asked for', newTrace())
  t.ok(stateVersion)
  t.match(ml.control.requests('reset'), [
    { url: `/users/${ada.userId}/reset`, body: { request_id: String, reason: 'asked for' } },
  ])
})

t.test('a rebuild computes the features afresh and tells ml/serving', async (t) => {
  const world = await startTips(t)
  const { app, ml, ada } = world
  await app.features.forUser(ada.userId)
  await addTasks(world, ada.userId, [{}, {}])
  const { features, jobId } = await rebuildProfile(app, ada.userId, newTrace())
  t.ok(features > 8)
  t.ok(jobId)
  t.equal((await app.features.forUser(ada.userId)).open_tasks?.value, 2)
  t.match(ml.control.requests('rebuild'), [{ body: { request_id: String } }])
})

t.test('ml/serving being down is a problem of the catalogue', async (t) => {
  const { app, ml, ada } = await startTips(t)
  ml.control.fault({ endpoint: '*', kind: '500' })
  const unavailable = { code: 'ml_serving_unavailable', statusCode: 502 }
  await t.rejects(resetBandit(app, ada.userId, null, newTrace()), unavailable)
  await t.rejects(rebuildProfile(app, ada.userId, newTrace()), unavailable)
})
