import { readFile } from 'node:fs/promises'
import { type Static, Type } from '@sinclair/typebox'
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { POLICIES, type PolicyName } from './policies/index.ts'

const POLICY_NAMES = Object.keys(POLICIES) as PolicyName[]
const JUDGES = ['persona', 'ml'] as const

function oneOf<Name extends string>(names: readonly Name[]) {
  return Type.Union(
    names.map((name) => Type.Literal(name)),
    { allowed: names.join(', ') },
  )
}

/** `run.json` */
export const RunConfig = Type.Object(
  {
    run_id: Type.String({ minLength: 1, maxLength: 100 }),
    policy: oneOf(POLICY_NAMES),
    judge: oneOf(JUDGES),
    /** Synthetic users. */
    users: Type.Integer({ minimum: 1, maximum: 10_000 }),
    /** Rounds per user: one tip and its answer each, about three of them to a simulated day. */
    steps: Type.Integer({ minimum: 1, maximum: 1_000 }),
    seed: Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }),
  },
  { additionalProperties: false },
)
export type RunConfig = Static<typeof RunConfig>

/** A config that cannot be run; the message names each parameter and what it may be. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

function describe({ type, path, message, schema }: ValueError): string {
  const name = path.slice(1)
  if (name === '') return 'expected an object'
  if (type === ValueErrorType.ObjectRequiredProperty) return `${name}: is missing`
  if (type === ValueErrorType.ObjectAdditionalProperties) return `${name}: is not a parameter`
  return `${name}: ${schema.allowed ? `Expected one of ${schema.allowed}` : message}`
}

/**
 * Checks a parsed `run.json`.
 *
 * @throws ConfigError that names every wrong parameter
 */
export function checkConfig(value: unknown): RunConfig {
  if (Value.Check(RunConfig, value)) return value
  const byPath = new Map<string, string>()
  for (const error of Value.Errors(RunConfig, value)) {
    // The first error of a parameter says the most: those after it follow from it.
    if (!byPath.has(error.path)) byPath.set(error.path, describe(error))
  }
  throw new ConfigError(`bad config: ${[...byPath.values()].join('; ')}`)
}

/**
 * Reads `run.json`.
 *
 * @throws ConfigError when the file cannot be read, is not JSON or holds a wrong parameter
 */
export async function readConfig(path: string): Promise<RunConfig> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`cannot read the config ${path}: ${error.code}`)
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new ConfigError(`the config ${path} is not JSON`)
  }
  return checkConfig(value)
}
