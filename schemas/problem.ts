import { type Static, Type } from '@sinclair/typebox'
import { catalogue } from '../src/errors.ts'

/** RFC 9457 problem details, with our stable `code` and the `traceId` to quote when asking for help. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'A URI that names the kind of problem' }),
    title: Type.String({ description: 'The kind of problem, for people' }),
    status: Type.Integer({ description: 'The HTTP status' }),
    detail: Type.String({ description: 'This occurrence, for people' }),
    code: Type.String({
      enum: Object.keys(catalogue),
      description: 'A stable word for programs',
    }),
    traceId: Type.String({ description: 'Quote it when asking for help' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          path: Type.String({ description: 'The place, such as body.action' }),
          message: Type.String(),
        }),
      ),
    ),
  },
  { $id: 'Problem', title: 'Problem' },
)
export type ProblemBody = Static<typeof ProblemSchema>

const DESCRIPTIONS: Record<number, string> = {
  400: 'The request is not valid; `errors` names the place',
  401: 'Nobody is signed in',
  403: 'The caller or the page it comes from may not do this',
  404: 'There is no such thing, or it is someone else’s',
  409: 'It is not in a state for this',
  413: 'The body is larger than 64 KiB',
  415: 'The body is not JSON',
  422: 'The idempotency key was used with another body',
  429: 'Too many requests; `Retry-After` tells when',
  500: 'Something went wrong on our side',
  502: 'Another service did not answer as it should',
  503: 'Not at the moment; try again',
  504: 'Another service did not answer in time',
}

/** One problem answer, as a route's response schema wants it. */
export function problemAnswer(status: number) {
  return {
    description: DESCRIPTIONS[status] ?? 'A problem',
    content: { 'application/problem+json': { schema: { $ref: `${ProblemSchema.$id}#` } } },
  }
}
