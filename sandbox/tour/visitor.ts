/** A browser as far as the API can tell: keeps cookies, and says which page its requests come from. */
export interface Visitor {
  /** @returns the parsed JSON body. @throws when the status is not the expected one, with the answer. */
  json<T>(method: string, path: string, options?: RequestOptions): Promise<T>
  /** Follows an address that a provider sent the browser to. @returns where it is sent on. */
  follow(url: string): Promise<string>
  cookieHeader(): string
}

export interface RequestOptions {
  body?: object
  headers?: Record<string, string>
  /** Default: any 2xx. */
  status?: number
}

export function createVisitor(apiUrl: string, webUrl: string): Visitor {
  const cookies = new Map<string, string>()
  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

  function keepCookies(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      const [name, value] = [pair.slice(0, at), pair.slice(at + 1)]
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
  }

  return {
    cookieHeader,

    async json<T>(method: string, path: string, { body, headers, status }: RequestOptions = {}) {
      const answer = await fetch(apiUrl + path, {
        method,
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          cookie: cookieHeader(),
          ...(method !== 'GET' && { origin: webUrl }),
          ...(body && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body && { body: JSON.stringify(body) }),
      })
      keepCookies(answer)
      const text = await answer.text()
      const expected = status === undefined ? answer.ok : answer.status === status
      if (!expected) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
      return (text === '' ? undefined : JSON.parse(text)) as T
    },

    async follow(url) {
      const answer = await fetch(url, { redirect: 'manual', headers: { cookie: cookieHeader() } })
      keepCookies(answer)
      const location = answer.headers.get('location')
      if (answer.status !== 303 || location === null) {
        throw new Error(`expected a redirect, got ${answer.status}: ${await answer.text()}`)
      }
      return location
    },
  }
}

/** Waits until something holds. @throws after `seconds`, naming it. */
export async function until<T>(
  what: string,
  seconds: number,
  check: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1_000
  while (Date.now() < deadline) {
    const found = await check()
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`waited ${seconds} s in vain: ${what}`)
}

/** @throws with what should have held. */
export function expect(holds: unknown, what: string): asserts holds {
  if (!holds) throw new Error(`does not hold: ${what}`)
}
