import cors from '@fastify/cors'
import Fastify from 'fastify'
import { listen } from '../listen.ts'
import { receiveRoutes } from './receive.ts'
import {
  type PushFault,
  type PushMessage,
  type Subscription,
  type SubscriptionJson,
  Subscriptions,
  toJson,
  unsubscribe,
} from './subscriptions.ts'
import { userAgentRoutes } from './user-agent.ts'

export interface PushServiceOptions {
  /** Wanted port; 0 or a taken one gives any. */
  port: number
  /** Told where it listens, says where it is reached, if that is somewhere else. */
  reachedAt?: (url: string) => Promise<string>
}

/** In-process, an endpoint stands for its subscription; one that does not exist throws a RangeError. */
export interface PushService {
  /** Origin of all endpoints. */
  url: string
  subscribe(applicationServerKey?: string): SubscriptionJson
  /** What has arrived, oldest first. */
  messages(endpoint: string): readonly PushMessage[]
  /** Answers the next pushes with this status; undefined delivers again. */
  fault(endpoint: string, fault: PushFault | undefined): void
  /** Pushes are answered with 410 from now on. */
  unsubscribe(endpoint: string): void
  close(): Promise<void>
}

/** A push service and the browser behind it in one, over plain http on loopback. */
export async function startPushService(options: PushServiceOptions): Promise<PushService> {
  const subscriptions = new Subscriptions()
  const app = Fastify({ forceCloseConnections: true })
  const origin = () => url
  app.register(cors, {
    origin: '*',
    methods: ['GET', 'POST', 'DELETE'],
    exposedHeaders: ['location'],
  })
  app.register(userAgentRoutes, { subscriptions, origin })
  app.register(receiveRoutes, { subscriptions, origin })
  const ownUrl = await listen(app, options.port)
  const url = (await options.reachedAt?.(ownUrl)) ?? ownUrl

  const find = (endpoint: string): Subscription => {
    const subscription = subscriptions.find(new URL(endpoint).pathname.replace('/push/', ''))
    if (!subscription) throw new RangeError(`no subscription has the endpoint ${endpoint}`)
    return subscription
  }
  return {
    url,
    subscribe: (applicationServerKey) => toJson(subscriptions.create(applicationServerKey), url),
    messages: (endpoint) => find(endpoint).messages,
    fault(endpoint, fault) {
      find(endpoint).fault = fault
    },
    unsubscribe: (endpoint) => unsubscribe(find(endpoint)),
    close: () => app.close(),
  }
}
