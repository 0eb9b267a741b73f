export type Fetch = typeof globalThis.fetch

/** What a person would have in front of them. */
export interface Visit {
  url: string
  status: number
  html: string
  /** Where the last redirect led when that was outside the site; it was not followed. */
  leftFor: string | undefined
}

export interface Browser {
  /** Opens a page, following redirects as long as they stay on the site. */
  open(url: string): Promise<Visit>
  /** Presses a button: posts the page's form with this one field to the page's own URL. */
  press(visit: Visit, name: string, value: string): Promise<Visit>
}

interface Cookie {
  name: string
  value: string
  path: string
}

const MAX_REDIRECTS = 10

/** The little of a browser that plain HTML forms on one site need: redirects and cookies. */
export function createBrowser(site: string, fetch: Fetch = globalThis.fetch): Browser {
  const jar = new Map<string, Cookie>()
  const { origin } = new URL(site)

  async function request(url: string, init: RequestInit, hops = 0): Promise<Visit> {
    if (hops > MAX_REDIRECTS)
      throw new Error(`more than ${MAX_REDIRECTS} redirects, last to ${url}`)
    const headers = { ...init.headers, cookie: cookiesFor(jar, url) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) store(jar, line)
    const html = await response.text()
    const location = response.headers.get('location')
    if (!location) return { url, status: response.status, html, leftFor: undefined }
    const target = new URL(location, url)
    if (target.origin !== origin) {
      return { url, status: response.status, html, leftFor: target.href }
    }
    return request(target.href, { method: 'GET' }, hops + 1)
  }

  return {
    open: (url) => request(url, { method: 'GET' }),
    press: (visit, name, value) =>
      request(visit.url, { method: 'POST', body: new URLSearchParams({ [name]: value }) }),
  }
}

/** Whether the page has such a button. */
export function hasButton(visit: Visit, name: string, value: string): boolean {
  return visit.html.includes(`name="${name}" value="${value}"`)
}

function cookiesFor(jar: Map<string, Cookie>, url: string): string {
  const { pathname } = new URL(url)
  return [...jar.values()]
    .filter(({ path }) => pathname === path || pathname.startsWith(path.replace(/\/?$/, '/')))
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')
}

function store(jar: Map<string, Cookie>, line: string): void {
  const [pair = '', ...attributes] = line.split(/;\s*/)
  const [name = '', ...rest] = pair.split('=')
  const path = attributes.find((item) => /^path=/i.test(item))?.slice('path='.length) ?? '/'
  const value = rest.join('=')
  if (value) jar.set(`${name} ${path}`, { name, value, path })
  else jar.delete(`${name} ${path}`)
}
