import { ADMIN_TOKEN } from './environment.ts'
import type { Server } from './server.ts'

/** @returns the cookie of a session of the built-in administrator. */
export async function signInAsAdmin({ port }: Server): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: ADMIN_TOKEN }),
  })
  const [cookie] = response.headers.getSetCookie()
  if (!response.ok || cookie === undefined) throw new Error(`signing in: ${response.status}`)
  return cookie.slice(0, cookie.indexOf(';'))
}
