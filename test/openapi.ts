import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

export interface JsonSchema {
  [keyword: string]: unknown
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  schema: JsonSchema
}

type Content = Record<string, { schema: JsonSchema }>

export interface Operation {
  path: string
  method: 'GET' | 'POST' | 'DELETE'
  operationId: string
  summary?: string
  tags?: string[]
  security?: Record<string, unknown>[]
  parameters?: Parameter[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
  'x-access': 'open' | 'user' | 'admin'
  'x-rate-limit'?: 'auth' | 'user'
}

interface Document {
  paths: Record<string, Record<string, Omit<Operation, 'path' | 'method'>>>
}

export const documentOf = (app: FastifyInstance): Document => JSON.parse(app.openapiText)

/** Every operation of the document that the app serves. */
export function operationsOf(app: FastifyInstance): Operation[] {
  return Object.entries(documentOf(app).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method: method.toUpperCase() as Operation['method'],
      ...operation,
    })),
  )
}

/** Those that may change something. */
export const unsafeOperationsOf = (app: FastifyInstance): Operation[] =>
  operationsOf(app).filter(({ method }) => method !== 'GET')

/** The operation's URL with every parameter of its path filled in. */
export const urlOf = ({ path }: Pick<Operation, 'path'>, value = 'x'): string =>
  path.replace(/\{\w+\}/g, encodeURIComponent(value))

/** Follows a `$ref` into the document. */
export function resolve(document: object, schema: JsonSchema): JsonSchema {
  if (typeof schema.$ref !== 'string') return schema
  const steps = schema.$ref.split('/').slice(1)
  const found = steps.reduce<unknown>(
    (node, step) => (node as Record<string, unknown>)[step],
    document,
  )
  return resolve(document, found as JsonSchema)
}

const ID = 'https://document.invalid/'
const escapeStep = (step: string) =>
  encodeURIComponent(step.replace(/~/g, '~0').replace(/\//g, '~1'))

/**
 * Holds answers against the document.
 *
 * @returns what is wrong with an answer to an operation, or undefined.
 */
export function createAnswerCheck(app: FastifyInstance) {
  const document = documentOf(app)
  const compile = AjvCompiler()(
    { document: { $id: ID, ...document } },
    {
      customOptions: {
        strict: false,
        coerceTypes: false,
        useDefaults: false,
        removeAdditional: false,
      },
    },
  )
  type Validate = ((body: unknown) => boolean) & { errors?: unknown }
  const validators = new Map<string, Validate>()

  function validatorOf(steps: string[]): Validate {
    const $ref = `${ID}#/${steps.map(escapeStep).join('/')}`
    const known = validators.get($ref)
    if (known) return known
    const validator = compile({ schema: { $ref } } as never) as unknown as Validate
    validators.set($ref, validator)
    return validator
  }

  return (operation: Operation, answer: LightMyRequestResponse): string | undefined => {
    const { path, method, responses } = operation
    const status = String(answer.statusCode)
    const key = status in responses ? status : 'default'
    const documented = responses[key]
    if (!documented) return `${status} is not documented`
    const type = String(answer.headers['content-type'] ?? '').split(';')[0] as string
    if (!documented.content) return answer.body === '' ? undefined : `${status} has a body`
    const media = [type, '*/*'].find((one) => one in (documented.content ?? {}))
    if (!media) return `${status} is ${type || 'without a body'}`
    if (!type.endsWith('json')) return undefined
    const steps = [
      'paths',
      path,
      method.toLowerCase(),
      'responses',
      key,
      'content',
      media,
      'schema',
    ]
    const validate = validatorOf(steps)
    return validate(answer.json()) ? undefined : JSON.stringify(validate.errors)
  }
}
