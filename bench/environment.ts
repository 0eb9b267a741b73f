import { randomBytes } from 'node:crypto'

const secret = () => randomBytes(32).toString('hex')

export const SESSION_SECRET: string = secret()
export const ADMIN_TOKEN: string = secret()
export const ML_TOKEN: string = secret()
export const WEB_BASE_URL = 'http://localhost:3000'

/** The server's environment in every case: all that is on by default, limits out of the way, lines at `info`. */
export function apiEnvironment(
  databasePath: string,
  extra: Record<string, string> = {},
): Record<string, string> {
  const nowhere = 'http://127.0.0.1:9'
  return {
    NODE_ENV: 'development',
    DATABASE_PATH: databasePath,
    SESSION_SECRET,
    ADMIN_TOKEN,
    WEB_BASE_URL,
    API_BASE_URL: 'http://localhost:3001',
    GOOGLE_ISSUER: nowhere,
    GOOGLE_CLIENT_ID: 'bench',
    GOOGLE_CLIENT_SECRET: secret(),
    TODOIST_AUTH_URL: nowhere,
    TODOIST_API_URL: nowhere,
    TODOIST_CLIENT_ID: 'bench',
    TODOIST_CLIENT_SECRET: secret(),
    SYNC_START_DELAY_MS: '3600000',
    ML_SERVING_URL: nowhere,
    ML_SERVING_TOKEN: ML_TOKEN,
    RATE_LIMIT_AUTH: '1000000000',
    RATE_LIMIT_USER: '1000000000',
    ...extra,
  }
}
