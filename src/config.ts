import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { findContradictions } from './config-checks.ts'
import { registerFormats } from './config-formats.ts'

registerFormats()

const Url = (description: string, options = {}) =>
  Type.String({ format: 'http-url', description, ...options })
const Origin = (description: string, options = {}) =>
  Type.String({ format: 'http-origin', description, ...options })
const OptionalUrl = (description: string) =>
  Type.String({ format: 'http-url-or-empty', default: '', description })
const Text = (description: string, options = {}) => Type.String({ description, ...options })
const Optional = (description: string) => Type.String({ default: '', description })
const List = (description: string, items: TSchema = Type.String({ minLength: 1 })) =>
  Type.Array(items as ReturnType<typeof Type.String>, { default: [], description })
const Millis = (initial: number, description: string, minimum = 1) =>
  Type.Integer({ default: initial, minimum, maximum: 2 ** 31 - 1, description })
const Count = (initial: number, description: string, minimum = 1) =>
  Type.Integer({ default: initial, minimum, description })

/** Every environment variable: what it is, what it may be, and what it is when it is not set. */
export const ConfigSchema = Type.Object({
  NODE_ENV: Type.Union(
    [Type.Literal('development'), Type.Literal('test'), Type.Literal('production')],
    { default: 'development', description: 'production refuses whatever is safe only at home' },
  ),
  HOST: Optional('Address to listen on. Empty: 127.0.0.1, in production 0.0.0.0'),
  PORT: Type.Integer({ default: 3001, minimum: 0, maximum: 65_535, description: 'Port, 0: any' }),
  DATABASE_PATH: Text('SQLite file', { default: './data/oo.db', minLength: 1 }),
  SESSION_SECRET: List(
    'Cookie signing, at least 32 characters; a comma-separated list rotates: the first signs, all verify',
    Type.String({ minLength: 32 }),
  ),
  ENCRYPTION_KEYS: List(
    'Secrets at rest, at least 32 characters each; a list rotates. Empty: derived from SESSION_SECRET',
    Type.String({ minLength: 32 }),
  ),
  SESSION_IDLE_MS: Millis(7 * 86_400_000, 'A session ends when unused for so long'),
  SESSION_ABSOLUTE_MS: Type.Integer({
    default: 30 * 86_400_000,
    minimum: 1,
    description: 'A session ends after so long, used or not',
  }),
  API_BASE_URL: Origin('Where browsers reach this server: an origin, no path', {
    default: 'http://localhost:3001',
  }),
  WEB_BASE_URL: Origin('Where the web app lives: an origin, no path', {
    default: 'http://localhost:3000',
  }),
  TRUST_PROXY: List(
    'CIDRs of the proxies whose X-Forwarded-* headers count, comma-separated',
    Type.String({ format: 'cidr' }),
  ),
  GOOGLE_CLIENT_ID: Text('OAuth client of this server at Google', { minLength: 1 }),
  GOOGLE_CLIENT_SECRET: Text('Its secret', { minLength: 1 }),
  GOOGLE_ISSUER: Url('OpenID provider', { default: 'https://accounts.google.com' }),
  TODOIST_CLIENT_ID: Text('OAuth client of this server at Todoist', { minLength: 1 }),
  TODOIST_CLIENT_SECRET: Text('Its secret', { minLength: 1 }),
  TODOIST_AUTH_URL: Url('Todoist, as browsers see it', { default: 'https://app.todoist.com' }),
  TODOIST_API_URL: Url('Todoist, as this server calls it', { default: 'https://api.todoist.com' }),
  TODOIST_SYNC_INTERVAL_MS: Millis(900_000, 'How often the tasks of a user are brought in step'),
  SYNC_START_DELAY_MS: Millis(10_000, 'First sync round after the start', 0),
  ML_SERVING_URL: Url('The ML service', { default: 'http://localhost:8000' }),
  ML_SERVING_TOKEN: Optional('Bearer token for it'),
  ML_SCORE_TIMEOUT_MS: Millis(300, 'How long choosing a tip may take before the rules decide'),
  ML_GENERATE_TIMEOUT_MS: Millis(1_500, 'How long wording it may take before a template does'),
  MLFLOW_URL: OptionalUrl('MLflow, for admin health. Empty: not checked'),
  TIP_PROMPT_VERSION: List('Prompt variants, comma-separated: one is drawn for each tip'),
  NATS_URL: Type.String({
    format: 'nats-url-or-empty',
    default: '',
    description: 'NATS with JetStream. Empty: events stay in this process and its database',
  }),
  EVENT_BUFFER_SIZE: Count(1_000, 'How many of the newest events the admin API lists as recent'),
  VAPID_PUBLIC_KEY: Optional('Web push, base64url; all three or none'),
  VAPID_PRIVATE_KEY: Optional('Web push, base64url'),
  VAPID_SUBJECT: Type.String({
    format: 'contact-or-empty',
    default: '',
    description: 'Web push: whom a push service can write to, mailto: or https:',
  }),
  PUSH_CRON: Type.String({
    format: 'cron-or-empty',
    default: '',
    description: 'When each user with a device gets a tip, five fields in UTC. Empty: never',
  }),
  PUSH_ALLOWED_ORIGINS: List(
    'Push services that may be reached although they are not public https hosts, for a sandbox or a relay of your own',
    Type.String({ format: 'http-origin' }),
  ),
  ADMIN_TOKEN: Optional('Signs in the built-in administrator, at least 32 characters. Empty: off'),
  ADMIN_EMAILS: List('Verified e-mail addresses of administrators, comma-separated'),
  METRICS_TOKEN: Optional('Bearer token for /metrics. Empty: from loopback only'),
  SIM_COMMAND: Optional('Program that runs a simulation. Empty: the bundled simulator'),
  SIM_MAX_CONCURRENT: Count(1, 'Simulations at once; the rest wait'),
  RETENTION_DAYS: Count(30, 'Days that tip scores and feedback are kept'),
  RATE_LIMIT_AUTH: Count(20, 'Requests per minute and address on sign-in routes'),
  RATE_LIMIT_USER: Count(600, 'Requests per minute and user elsewhere'),
  LOG_LEVEL: Type.Union(
    (['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const).map((level) =>
      Type.Literal(level),
    ),
    { default: 'info', description: 'fatal, error, warn, info, debug, trace or silent' },
  ),
  SENTRY_DSN: OptionalUrl('Sentry. Empty: off'),
})

export type Config = Static<typeof ConfigSchema>

/** The start cannot go on: the message lists all that is wrong, and shows no value. */
export class ConfigError extends Error {
  readonly problems: string[]

  constructor(problems: string[]) {
    super(
      [
        'oo-api cannot start, its environment is not complete:',
        ...problems.map((problem) => `  - ${problem}`),
        'Set the variables in the environment or in a file named .env (.env.example lists them all).',
        'To try oo-api without any of this: npm run sandbox',
      ].join('\n'),
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * Reads the environment into a typed configuration. An empty variable counts as not set.
 *
 * @throws {ConfigError} that names every missing or malformed variable.
 */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const raw: Record<string, unknown> = {}
  for (const [name, schema] of Object.entries(ConfigSchema.properties)) {
    const text = env[name]?.trim()
    if (text) raw[name] = schema.type === 'array' ? splitList(text) : text
  }
  const config = Value.Convert(ConfigSchema, Value.Default(ConfigSchema, raw))
  const problems = [...malformed(config), ...findContradictions(config as Config)]
  if (problems.length > 0) throw new ConfigError(problems)
  return normalise(config as Config)
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

function malformed(config: unknown): string[] {
  const problems = new Map<string, string>()
  for (const error of Value.Errors(ConfigSchema, config)) {
    const [, name = '', index] = error.path.split('/')
    const place = index === undefined ? name : `${name}, entry ${Number(index) + 1}`
    if (problems.has(place)) continue
    problems.set(place, `${place}: ${error.value === undefined ? 'is missing' : explain(error)}`)
  }
  const secrets = (config as { SESSION_SECRET?: unknown }).SESSION_SECRET
  if (Array.isArray(secrets) && secrets.length === 0) {
    problems.set('SESSION_SECRET', 'SESSION_SECRET: is missing')
  }
  return [...problems.values()]
}

const FORMAT_NAMES: Record<string, string> = {
  'http-url': 'must be an http or https URL',
  'http-origin': 'must be an http or https origin, without a path',
  'http-url-or-empty': 'must be an http or https URL',
  'nats-url-or-empty': 'must be a nats URL',
  'contact-or-empty': 'must be a mailto: or https: address',
  'cron-or-empty': 'must be a cron expression of five fields',
  cidr: 'must be an address range such as 10.0.0.0/8',
}

function explain(error: { schema: TSchema; message: string }): string {
  if (error.schema.format) return FORMAT_NAMES[error.schema.format] ?? 'is malformed'
  if (error.schema.minLength) return `must have at least ${error.schema.minLength} characters`
  if (error.schema.anyOf) {
    const values = error.schema.anyOf.map((option: TSchema) => option.const)
    return `must be one of ${values.join(', ')}`
  }
  return error.message.charAt(0).toLowerCase() + error.message.slice(1)
}

/** An origin is compared as a string on every request: one spelling, no trailing slash. */
function normalise(config: Config): Config {
  return {
    ...config,
    HOST: config.HOST || (config.NODE_ENV === 'production' ? '0.0.0.0' : '127.0.0.1'),
    API_BASE_URL: new URL(config.API_BASE_URL).origin,
    WEB_BASE_URL: new URL(config.WEB_BASE_URL).origin,
    PUSH_ALLOWED_ORIGINS: config.PUSH_ALLOWED_ORIGINS.map((origin) => new URL(origin).origin),
    ADMIN_EMAILS: config.ADMIN_EMAILS.map((email) => email.toLowerCase()),
  }
}
