import type { InjectOptions } from 'fastify'
import { pick, type Random } from '../../sandbox/todoist/random.ts'
import { type JsonSchema, type Operation, type Parameter, resolve } from '../openapi.ts'

/** Values that have broken programs before, in place of one that would be right. */
const NASTY: unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    0.5,
    2 ** 31,
    2 ** 53,
    -(2 ** 63),
    1e308,
    '',
    ' ',
    '0',
    '-1',
    'NaN',
  ],
  ...['\0', '\u0000x', '\ud800', '\u202e', 'ü'.repeat(300), 'x'.repeat(10_000), "' OR 1=1 --", '%'],
  ...[
    '__proto__',
    'constructor',
    'toString',
    '../../etc/passwd',
    '{{7*7}}',
    '2026-02-31T25:00:00Z',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    { a: { b: {} } },
    ['x', 'x'],
    { length: 3 },
    { $ref: '#' },
    { toJSON: 1 },
  ],
]

const text = (random: Random) =>
  String(
    pick(
      random,
      NASTY.filter((one) => typeof one !== 'object'),
    ),
  )

/** A value that its schema allows, as far as type, limits, enum, pattern and format tell. */
function validValue(document: object, given: JsonSchema, random: Random): unknown {
  const schema = resolve(document, given)
  if ('const' in schema) return schema.const
  if (Array.isArray(schema.enum)) return pick(random, schema.enum)
  const options = (schema.anyOf ?? schema.oneOf) as JsonSchema[] | undefined
  if (options) return validValue(document, pick(random, options), random)
  const type = Array.isArray(schema.type) ? pick(random, schema.type) : schema.type
  const low = (schema.minimum ?? 0) as number
  const makers: Record<string, () => unknown> = {
    null: () => null,
    boolean: () => random() < 0.5,
    integer: () =>
      pick(random, [low, low + 1, Math.min((schema.maximum ?? 1e6) as number, low + 7)]),
    number: () => low + random(),
    string: () => validText(schema, random),
    array: () => [validValue(document, (schema.items ?? {}) as JsonSchema, random)],
    object: () => validObject(document, schema, random),
  }
  return makers[String(type)]?.() ?? null
}

function validText({ format, minLength, maxLength }: JsonSchema, random: Random): string {
  if (format === 'date-time') return new Date(1_763_000_000_000 + random() * 1e10).toISOString()
  if (format === 'uri') return 'https://push.example.com/a'
  const length = pick(random, [
    Math.max(1, Number(minLength ?? 1)),
    Math.min(Number(maxLength ?? 9), 9),
  ])
  return 'a'.repeat(length)
}

function validObject(document: object, schema: JsonSchema, random: Random) {
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
  const required = new Set((schema.required ?? []) as string[])
  const kept = properties.filter(([name]) => required.has(name) || random() < 0.5)
  return Object.fromEntries(
    kept.map(([name, property]) => [name, validValue(document, property, random)]),
  )
}

/** The value with one thing about it changed: a field put in, taken out, or of another kind. */
function nearValid(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random() < 0.1) return pick(random, NASTY)
  const copy: Record<string, unknown> = { ...value }
  const names = Object.keys(copy)
  const name = names.length > 0 ? pick(random, names) : 'unknown'
  const kind = random()
  if (kind < 0.25) delete copy[name]
  else if (kind < 0.45) copy[text(random)] = pick(random, NASTY)
  else copy[name] = nearValid(copy[name], random)
  return copy
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

/** Bodies that no serialiser would write. */
const RAW: (string | Buffer)[] = [
  ...[
    '',
    '{',
    '{}x',
    '{"a":1,"a":2}',
    '{"__proto__":{"role":"admin"}}',
    'null',
    '1e999',
    '"\\ud800"',
  ],
  ...['{"constructor":{"prototype":{"x":1}}}', '[1,2', '\ufeff{}', nested(20_000), nested(500)],
  ...[`{"a":${'9'.repeat(400)}}`, `{"a":"${'x'.repeat(70_000)}"}`, '{"a":\u00a01}', 'a=b&a=c'],
  ...[Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), Buffer.alloc(200)],
]

const TYPES = ['application/json', 'application/json; charset=utf-16', 'text/plain', 'text/html']

function bodyOf(document: object, operation: Operation, random: Random): InjectOptions {
  const schema = operation.requestBody?.content['application/json']?.schema
  const kind = random()
  if (kind < 0.15) {
    const type = pick(random, kind < 0.12 ? TYPES.slice(0, 1) : TYPES)
    return { payload: pick(random, RAW), headers: { 'content-type': type } }
  }
  if (!schema) return {}
  const value = validValue(document, schema, random)
  if (value === null && kind < 0.5) return {}
  const sent = kind < 0.55 ? value : nearValid(value, random)
  return { payload: JSON.stringify(sent) ?? '', headers: { 'content-type': 'application/json' } }
}

/** @param ids things that exist, some of them of this kind. */
function pathOf(operation: Operation, ids: readonly string[], random: Random): string {
  return operation.path.replace(/\{\w+\}/g, () => {
    const value = random() < 0.7 ? pick(random, ids) : text(random)
    // A dot segment is taken out of a URL before it is sent, and nothing at all is another path.
    return encodeURIComponent(value.toWellFormed()) || 'x'
  })
}

function queryOf(
  document: object,
  parameters: readonly Parameter[],
  ids: readonly string[],
  random: Random,
): string {
  const query = new URLSearchParams()
  for (const { name, schema } of parameters.filter((one) => one.in === 'query')) {
    const kind = random()
    if (kind < 0.5) continue
    if (kind < 0.6) query.append(name, pick(random, ids))
    query.append(name, kind < 0.85 ? String(validValue(document, schema, random)) : text(random))
  }
  if (random() < 0.03) query.append(text(random), text(random))
  return query.size > 0 ? `?${query}` : ''
}

/**
 * A request for an operation: valid, or wrong in one place or two.
 *
 * @param ids ids and names of things that exist.
 */
export function makeRequest(
  document: object,
  operation: Operation,
  ids: readonly string[],
  random: Random,
): InjectOptions {
  const { method, parameters = [] } = operation
  const { headers, ...body } =
    method === 'GET' ? ({} as InjectOptions) : bodyOf(document, operation, random)
  const sent: Record<string, string> = { ...(headers as Record<string, string>) }
  if (random() < 0.3) sent.accept = pick(random, ['application/json', 'text/html', '*/*', ''])
  for (const { name } of parameters.filter((one) => one.in === 'header')) {
    if (random() < 0.4) sent[name] = pick(random, ['1', 'a-key', '', 'x'.repeat(300), '-1', 'é'])
  }
  const url = pathOf(operation, ids, random) + queryOf(document, parameters, ids, random)
  return { method, url, headers: sent, ...body }
}
