import type { Compilable, CompiledQuery } from 'kysely'
import type { Database, DbOrTrx } from './open.ts'

/** Stands for a value that is known only when the query runs. */
class Placeholder {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

const placeholders = new Proxy(
  {},
  {
    get: (_, name) => new Placeholder(String(name)),
    ownKeys() {
      throw new TypeError('parameters are taken by name: nobody knows yet which there are')
    },
  },
)

/**
 * A query of the hot path, built and compiled once instead of at every call, which takes several times as long as to
 * run it.
 *
 * @param build is given placeholders in place of the parameters, to be taken by name. They may stand wherever one value
 *   goes: not for a list, a column or a condition, and nothing may be computed from them.
 */
export function compiledOnce<P extends object, Row>(
  build: (db: Database, parameters: P) => Compilable<Row>,
): (db: DbOrTrx, parameters: P) => Promise<Row[]> {
  // By dialect, of which the adapter is the one object that the database and its transactions share.
  const compiled = new WeakMap<object, CompiledQuery<Row>>()

  function compile(db: DbOrTrx): CompiledQuery<Row> {
    const query = build(db, placeholders as P).compile()
    compiled.set(db.getExecutor().adapter, query)
    return query
  }

  return async (db, parameters) => {
    const query = compiled.get(db.getExecutor().adapter) ?? compile(db)
    const values = query.parameters.map((value) =>
      value instanceof Placeholder ? parameters[value.name as keyof P] : value,
    )
    const { rows } = await db.executeQuery<Row>({ ...query, parameters: values })
    return rows
  }
}
