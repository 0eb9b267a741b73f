import { createAdminClient } from '../lib/client.js'
import { askSecret } from './ask.js'
import {
  credentialsPath,
  dropCredentials,
  isAddress,
  keepCredentials,
  readCredentials,
} from './credentials.js'

/** @typedef {import('./command.js').Call} Call */

const DEFAULT_URL = 'http://localhost:3001'

/** @param {Call} call */
export async function login({ args: [url = DEFAULT_URL], json, print }) {
  if (!isAddress(url)) throw new TypeError(`"${url}" is no address, such as ${DEFAULT_URL}`)
  const token = process.env.OO_ADMIN_TOKEN ?? (await askSecret(`Admin token of ${url}: `))
  let cookie = ''
  const client = createAdminClient({ baseUrl: url, onCookie: (now) => (cookie = now) })
  const user = await client.signIn(token)
  await keepCredentials({ url, token, cookie })
  print(
    json
      ? JSON.stringify(user)
      : `Signed in to ${url} as ${user.name ?? user.id}; kept in ${credentialsPath()}`,
  )
}

/** @param {Call} call */
export async function logout({ print }) {
  const { url, ...secrets } = await knownCredentials()
  const client = createAdminClient({ baseUrl: url, ...secrets })
  await client.signOut().finally(dropCredentials)
  print('Signed out')
}

/** The client of the last login. Its session is kept too, so that a command does not make one each time. */
export async function signedInClient() {
  const credentials = await knownCredentials()
  const { url, ...secrets } = credentials
  return createAdminClient({
    baseUrl: url,
    ...secrets,
    onCookie: (cookie) => {
      if (process.env.OO_ADMIN_TOKEN !== undefined) return
      // Where it cannot be kept, the next command signs in again.
      keepCredentials({ ...credentials, cookie }).catch(() => {})
    },
  })
}

/** There was no login. */
export class NotSignedIn extends Error {
  constructor() {
    super('not signed in: run `oo-admin login URL` first')
    this.name = 'NotSignedIn'
  }
}

/** @throws {NotSignedIn} */
async function knownCredentials() {
  const credentials = await readCredentials()
  if (credentials) return credentials
  throw new NotSignedIn()
}
