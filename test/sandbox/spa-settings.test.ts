import { readFile } from 'node:fs/promises'
import { ADA } from './spa-api.ts'
import { signedIn } from './spa-browser.ts'

signedIn('connecting, syncing and disconnecting Todoist', async (t, { page, api }) => {
  await page.getByTestId('connect-todoist').click()
  t.match(await page.getByTestId('banner').textContent(), 'Todoist is connected')
  await page.getByTestId('nav-settings').click()
  const todoist = page.getByTestId('integration-todoist')
  await todoist.getByText('The first sync is under way.').waitFor()
  await page.getByTestId('sync-todoist').click()
  await todoist.getByText('25 open tasks').waitFor()
  await page.getByTestId('disconnect-todoist').click()
  await page.getByTestId('connect-todoist').waitFor()
  t.equal(await page.getByTestId('integration-status').getAttribute('data-status'), 'disconnected')
  t.equal(api.called('DELETE', '/api/integrations/todoist').length, 1)
})

signedIn('notices: on, a test, one that arrives, off', async (t, { page, api }) => {
  await page.getByTestId('nav-settings').click()
  await page.getByTestId('push-on').click()
  await page.getByTestId('push-test').click()
  await page.getByTestId('toast').getByText('It works.').waitFor()
  t.match(await page.getByTestId('push-result').textContent(), 'Sent 1')
  t.match(api.called('POST', '/api/push/subscribe')[0]?.body, {
    keys: { p256dh: String, auth: String },
  })
  const listening = page.waitForResponse(/stream$/)
  await page.reload()
  await listening
  await api.notify('plain words')
  await page.getByTestId('toast').getByText('plain words').waitFor()
  await page.getByTestId('push-off').click()
  await page.getByTestId('push-on').waitFor()
  t.equal(api.state.devices.size, 0)
})

signedIn(
  'a browser without a push service falls back; its worker shows notices',
  async (t, { page, api }) => {
    await page.context().grantPermissions(['notifications'])
    await page.getByTestId('nav-settings').click()
    await page.getByTestId('push-on').click()
    await page.getByTestId('push-off').waitFor()
    t.match([...api.state.devices.keys()][0], api.pushUrl)
    const [worker] = page.context().serviceWorkers()
    t.match(worker?.url(), /\/sw\.js$/)
    await worker?.evaluate(`notify({ text: () => '{"title":"From the worker"}' })`)
    await page.getByTestId('toast').getByText('From the worker').waitFor()
  },
)

signedIn('a server without push keys offers no notices', async (t, { page, api }) => {
  api.state.pushEnabled = false
  await page.getByTestId('nav-settings').click()
  t.match(await page.getByTestId('push-status').textContent(), 'switched off on this server')
  t.equal(await page.getByTestId('push-on').count(), 0)
})

signedIn('ending one session, then all the others', async (t, { page, api }) => {
  await page.getByTestId('nav-settings').click()
  await page.getByTestId('end-session').first().click()
  await page.getByTestId('session').nth(2).waitFor({ state: 'detached' })
  await page.getByTestId('end-other-sessions').click()
  await page.getByTestId('session').nth(1).waitFor({ state: 'detached' })
  t.equal(await page.getByTestId('session-current').count(), 1)
  t.equal(api.called('DELETE', '/api/auth/sessions/s2').length, 1)
  t.equal(api.called('DELETE', '/api/auth/sessions').length, 1)
})

signedIn('profile and consents; the links of an administrator', async (t, { page, api }) => {
  await page.getByTestId('nav-settings').click()
  await page.getByTestId('profile').getByText(ADA.email).waitFor()
  t.match(await page.getByTestId('consent').last().textContent(), /Todoist tasks.*withdrawn/)
  t.equal(await page.getByTestId('admin-links').count(), 0)
  api.state.user.role = 'admin'
  await page.reload()
  const links = page.getByTestId('admin-links').getByRole('link')
  t.equal(await links.first().getAttribute('href'), `${api.url}/api/docs`)
  t.equal(await links.last().textContent(), 'Metrics')
})

signedIn('taking the data away, then deleting the account', async (t, { page, api }) => {
  await page.getByTestId('nav-settings').click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByTestId('export').click(),
  ])
  t.match(download.suggestedFilename(), /^oo-export-\d{4}-\d\d-\d\d\.json$/)
  t.match(JSON.parse(await readFile(await download.path(), 'utf8')), { user: { email: ADA.email } })

  await page.getByTestId('delete-account').click()
  await page.keyboard.press('Escape')
  t.notOk(await page.getByTestId('delete-dialog').isVisible(), 'Escape keeps the account')
  t.equal(api.called('DELETE', '/api/user').length, 0)
  await page.getByTestId('delete-account').click()
  await page.getByTestId('confirm-delete').click()
  const receipt = await page.getByTestId('receipt').textContent()
  t.match(receipt, /tip scores12/)
  t.match(receipt, 'todoist')
  await page.getByTestId('back-to-start').click()
  await page.getByTestId('sign-in').waitFor()
})

signedIn('signing out ends the notices of this device too', async (t, { page, api }) => {
  await page.getByTestId('nav-settings').click()
  await page.getByTestId('push-on').click()
  await page.getByTestId('push-off').waitFor()
  await page.getByTestId('sign-out').click()
  await page.getByTestId('sign-in').waitFor()
  t.equal(api.state.devices.size, 0)
  t.same(await page.context().cookies(), [])
})
