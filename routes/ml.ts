import proxy, { type FastifyHttpProxyOptions } from '@fastify/http-proxy'
import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Problem } from '../src/errors.ts'
import { PASSED_BACK, problemOf, requestHeaders, responseHeaders } from '../src/ml/proxy.ts'
import { refusalOf } from '../src/ml/proxy-path.ts'
import { createUpstream, PROXY_LIMITS, type ProxyLimits, WholeBody } from '../src/ml/upstream.ts'

type PassBack = NonNullable<NonNullable<FastifyHttpProxyOptions['replyOptions']>['onResponse']>
type ProxiedReply = Parameters<PassBack>[1]
type Answer = Parameters<PassBack>[2]

/** nginx's word for a caller who left before the answer: nobody reads it but the log. */
const CLIENT_CLOSED_REQUEST = 499

const asAnswered = {
  description: 'As ml/serving answered',
  content: { '*/*': { schema: {}, example: { status: 'ok' } } },
}

const schema = {
  operationId: 'getFromMlServing',
  tags: ['admin'],
  summary: 'Whatever ml/serving answers at this path',
  description:
    'Passed on to ml/serving with the trace, `accept` and `content-type`, and nothing else of the caller. Its status and body come back as they are; a redirect counts as no answer.',
  response: {
    200: asAnswered,
    default: asAnswered,
  },
  problems: [400, 413, 502, 504],
}

/** ml/serving, read-only, for admin tooling: `/ml/*` by @fastify/http-proxy, which alone would pass everything on. */
export const mlRoutes: FastifyPluginAsync<Partial<ProxyLimits>> = async (app, options) => {
  const { ML_SERVING_URL, ML_SERVING_TOKEN } = app.config
  const limits = { ...PROXY_LIMITS, ...options }
  const upstream = createUpstream(limits)
  app.addHook('onClose', () => upstream.close())
  app.addHook('onRoute', (route) => {
    route.schema = schema
  })
  app.addHook('preHandler', refuseTricks)
  app.addHook('preHandler', discardBody)
  app.setErrorHandler(explain)

  await app.register(proxy, {
    prefix: '/ml',
    upstream: ML_SERVING_URL,
    // Typed as the whole of undici, of which one method is used.
    undici: upstream as unknown as FastifyHttpProxyOptions['undici'] & object,
    routes: ['/*'],
    httpMethods: ['GET'],
    proxyPayloads: false,
    retryMethods: [],
    disableRequestLogging: true,
    handler: (_request, reply, dest, replyOptions) =>
      upstream.onBehalfOf(reply.raw, () => reply.from(dest, replyOptions)),
    replyOptions: {
      rewriteRequestHeaders: (request) =>
        requestHeaders(request, ML_SERVING_TOKEN, limits.headersMs),
      rewriteHeaders: responseHeaders,
      onError: (reply, { error }) => answerFailure(reply, error),
      onResponse: passBack,
    },
  })
}

async function refuseTricks(request: FastifyRequest): Promise<void> {
  const reason = refusalOf(request.raw.url ?? '')
  if (reason === undefined) return
  throw new Problem('bad_path', {
    detail: `The path ${reason}`,
    errors: [{ path: 'path', message: reason }],
  })
}

/** A GET may carry a body, which means nothing: it is read, up to the limit, and goes nowhere. */
async function discardBody({ raw, headers, routeOptions }: FastifyRequest): Promise<void> {
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
  let size = Number(headers['content-length'] ?? 0)
  const limit = routeOptions.bodyLimit as number
  if (size > limit) throw tooLarge()
  size = 0
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > limit) throw tooLarge()
  }
}

/** The connection is closed: the rest of the body would otherwise be read as the next request. */
const tooLarge = () => new Problem('body_too_large', { headers: { connection: 'close' } })

/** A redirect would send the caller to an address inside, or us to one that nobody configured. */
function passBack(_request: unknown, reply: ProxiedReply, { statusCode, stream }: Answer): void {
  if (statusCode >= 200 && statusCode < 600 && !(statusCode >= 300 && statusCode < 400)) {
    const body: unknown = stream
    reply.send(body instanceof WholeBody ? body.bytes : body)
    return
  }
  stream.destroy()
  // A status that is none has already been answered: @fastify/reply-from tells onError of it first.
  if (statusCode < 600) answerFailure(reply, new Error(`ml/serving answered ${statusCode}`))
}

function answerFailure(reply: ProxiedReply, error: Error): void {
  if (reply.raw.destroyed) reply.code(CLIENT_CLOSED_REQUEST).send()
  else reply.send(problemOf(error))
}

/** An answer that broke off before its first byte, and the proxy's own check of where a request goes. */
function explain(error: FastifyError, _request: FastifyRequest, reply: FastifyReply): never {
  for (const name of PASSED_BACK) {
    reply.removeHeader(name)
    reply.raw.removeHeader(name)
  }
  if (error instanceof Problem) throw error
  if (error.code?.startsWith('UND_ERR')) throw problemOf(error)
  if (error.statusCode === 400) throw new Problem('bad_path')
  throw error
}
