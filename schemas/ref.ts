import { type Static, type TSchema, Type } from '@sinclair/typebox'

/** Points at a schema that `schemas/index.ts` registers by its `$id`: one definition, one entry in the OpenAPI document. */
export const ref = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S>>({ $ref: `${schema.$id}#` })

/** A value or null, in the form that serialises fastest (`type: [..., "null"]` needs no run-time choice). */
export const Nullable = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S> | null>({ ...schema, type: [schema.type, 'null'] })
