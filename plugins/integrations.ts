import fp from 'fastify-plugin'
import { MINUTE } from '../src/clock.ts'
import type { Config } from '../src/config.ts'
import { providers } from '../src/integrations/index.ts'
import type { Provider, ProviderDeps } from '../src/integrations/provider.ts'
import { createIntegrations, type Integrations } from '../src/integrations/service.ts'
import { createOAuth2Client } from './oauth2.ts'

declare module 'fastify' {
  interface FastifyInstance {
    integrations: Integrations
  }
}

/** How often due syncs are looked for: several times in an interval, so that it is kept. */
const tickMs = (intervalMs: number): number =>
  Math.max(50, Math.min(MINUTE / 2, Math.floor(intervalMs / 4)))

/** People's task providers: one client for each that the registry names, and the job that keeps tasks in step. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const { db, transact, clock, secretBox, revocations, log } = app
    const integrations = createIntegrations({
      ...{ db, transact, clock, secretBox, revocations, log },
      providers: await createProviders({ config, clock, createCodeClient: createOAuth2Client }),
      syncIntervalMs: config.TODOIST_SYNC_INTERVAL_MS,
    })
    app.decorate('integrations', integrations)
    app.addJob({
      name: 'task sync',
      everyMs: tickMs(config.TODOIST_SYNC_INTERVAL_MS),
      firstDelayMs: config.SYNC_START_DELAY_MS,
      run: async () => integrations.startDueSyncs(),
    })
    app.addHook('preClose', () => integrations.close())
  },
  { name: 'integrations', dependencies: ['events', 'secrets', 'schedule', 'revocations'] },
)

async function createProviders(deps: ProviderDeps): Promise<Map<string, Provider>> {
  const created = new Map<string, Provider>()
  for (const [name, create] of Object.entries(providers)) created.set(name, await create(deps))
  return created
}
