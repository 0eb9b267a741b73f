import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * Where the server is, and how to sign in there.
 * @typedef {{ url: string, token: string, cookie?: string }} Credentials
 */

/** `OO_ADMIN_CREDENTIALS`, or `oo/admin.json` in the user's configuration folder. */
export const credentialsPath = () =>
  process.env.OO_ADMIN_CREDENTIALS ??
  join(process.env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'oo', 'admin.json')

/** @returns {Promise<Credentials | undefined>} the environment's, or those of the last login; none that make no sense */
export async function readCredentials() {
  const { OO_ADMIN_URL: url, OO_ADMIN_TOKEN: token } = process.env
  if (url && token) return { url, token }
  try {
    const kept = JSON.parse(await readFile(credentialsPath(), 'utf8'))
    return isAddress(kept.url) && typeof kept.token === 'string' ? kept : undefined
  } catch {
    return undefined
  }
}

/** @param {string} text */
export const isAddress = (text) => URL.canParse(text) && /^https?:/i.test(text)

/** A new file takes the place of the old: only the user can read it, and nobody finds half of it. @param {Credentials} credentials */
export async function keepCredentials(credentials) {
  const path = credentialsPath()
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}`
  await rm(fresh, { force: true })
  await writeFile(fresh, `${JSON.stringify(credentials)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(fresh, path)
}

export const dropCredentials = () => rm(credentialsPath(), { force: true })
