import swagger, { type SwaggerTransformObject } from '@fastify/swagger'
import type { TObject } from '@sinclair/typebox'
import type { FastifySchema, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { sharedSchemas } from '../schemas/index.ts'
import { problemAnswer } from '../schemas/problem.ts'
import type { Config } from '../src/config.ts'
import type { Access } from './access.ts'

declare module 'fastify' {
  interface FastifySchema {
    /**
     * Statuses of the problems that the route answers besides those that follow from where it is registered. For the
     * document alone: a problem is sent as text, so no serialiser is made for it.
     */
    problems?: number[]
  }
  interface FastifyInstance {
    /** The OpenAPI document as JSON, made at first use; the app must be ready. */
    readonly openapiText: string
  }
}

/** The sections of the document, in the order in which a newcomer meets them. */
const tags = [
  ['open', 'Health and documentation'],
  ['auth', 'Sign-in and sessions'],
  ['integrations', 'Task providers'],
  ['tips', 'Tips and feedback'],
  ['users', 'One’s own account'],
  ['push', 'Web push'],
  ['admin', 'For the team that runs oo'],
] as const

/**
 * The OpenAPI 3.1 document, made from the route schemas. A route declares what is its own; what follows from where it
 * is registered (security scheme, the problems every such route can answer) is added here.
 */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    for (const schema of sharedSchemas) app.addSchema(schema)
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'oo-api',
          version: '1.0.0',
          description: 'One small, well-chosen tip at a time.',
          contact: { name: 'The oo team' },
          license: { name: 'MIT', identifier: 'MIT' },
        },
        servers: [{ url: '/' }],
        tags: tags.map(([name, description]) => ({ name, description })),
        components: {
          securitySchemes: {
            session: {
              type: 'apiKey',
              in: 'cookie',
              name: config.API_BASE_URL.startsWith('https:') ? '__Host-sid' : 'sid',
              description: 'Set by the sign-in routes',
            },
            metrics: { type: 'http', scheme: 'bearer', description: 'METRICS_TOKEN' },
          },
        },
      },
      refResolver: { buildLocalReference: (json) => String(json.$id) },
      transform: ({ schema, url, route }) => ({
        // A template has no word for "and all below": the rest of the path is one parameter.
        url: url.replace('*', ':path'),
        schema: withProblems(schema ?? {}, route),
      }),
      transformObject: withOptionalBodies,
    })
    let text: string | undefined
    app.decorate('openapiText', {
      getter() {
        text ??= JSON.stringify(app.swagger())
        return text
      },
    })
  },
  { name: 'openapi' },
)

/** Problems by what a route is: who may call it, whether it changes something, whether it takes input. */
function withProblems(schema: FastifySchema, { method, config }: RouteOptions) {
  const access: Access = config?.access ?? 'open'
  if (schema.hide) return schema
  const unsafe = method !== 'GET' && method !== 'HEAD'
  const { problems = [], ...declared } = schema
  const statuses = new Set<number>([429, 500, 503, ...problems])
  if (schema.body || schema.querystring || schema.params || schema.headers) statuses.add(400)
  // A body is read, and may be refused, also where none is wanted.
  if (unsafe) for (const status of [400, 413, 415]) statuses.add(status)
  if (unsafe || access === 'admin') statuses.add(403)
  if (access !== 'open') statuses.add(401)
  const response = { ...(schema.response as Record<string, unknown>) }
  for (const status of statuses) response[status] ??= problemAnswer(status)
  return {
    ...(access === 'open' ? { security: [] } : { security: [{ session: [] }] }),
    // Linters and readers want both; where there is nothing to add, the summary says it all.
    description: `${schema.summary}.`,
    'x-access': access,
    ...(config?.limit && { 'x-rate-limit': config.limit }),
    ...declared,
    ...(schema.querystring ? { querystring: asSent(schema.querystring) } : {}),
    ...(schema.body ? { body: asSent(schema.body) } : {}),
    response,
  }
}

interface Operation {
  requestBody?: { required?: boolean; content: Record<string, { schema?: { type?: unknown } }> }
}

/** A body that may be null may be left out, which the document says of the body and not of its schema. */
const withOptionalBodies: SwaggerTransformObject = (made) => {
  const document = 'openapiObject' in made ? made.openapiObject : {}
  const paths = Object.values(document.paths ?? {}) as Record<string, Operation>[]
  for (const { requestBody } of paths.flatMap((path) => Object.values(path))) {
    const type = requestBody?.content['application/json']?.schema?.type
    if (requestBody && Array.isArray(type)) requestBody.required = !type.includes('null')
  }
  return document
}

/** What has a default is always there for the handler, and may be left out by the caller: the document is for callers. */
function asSent(input: unknown) {
  const { required, properties, ...rest } = input as TObject
  if (!properties || !required) return input
  const needed = required.filter((name) => properties[name]?.default === undefined)
  return { ...rest, properties, ...(needed.length > 0 && { required: needed }) }
}
