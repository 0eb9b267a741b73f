import { AjvCompiler } from '@fastify/ajv-compiler'
import type { FastifyServerOptions } from 'fastify'

const BASE = {
  // An unknown field is an error with a name, not something to drop in silence.
  removeAdditional: false,
  useDefaults: true,
  allErrors: false,
  allowUnionTypes: true,
}

type Route = { schema: object; httpPart?: string }
type Compile = (route: Route) => unknown
type ValidatorFactory = NonNullable<
  NonNullable<
    NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']
  >['buildValidator']
>

const factory = AjvCompiler()

/**
 * Two validators: a JSON body has types and must use them; a query, a path or a header is text, from which numbers and
 * booleans are read. A repeated key gives an array, which no single value is coerced from.
 */
export const schemaController: NonNullable<FastifyServerOptions['schemaController']> = {
  compilersFactory: {
    buildValidator: ((externalSchemas: Record<string, object>) => {
      const compile = (coerceTypes: boolean): Compile =>
        factory(externalSchemas, { customOptions: { ...BASE, coerceTypes } })
      const exact = compile(false)
      const textual = compile(true)
      return (route: Route) => (route.httpPart === 'body' ? exact : textual)(route)
    }) as unknown as ValidatorFactory,
  },
}
