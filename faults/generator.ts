import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'

/** One answer to a generator of load. */
export interface Shot {
  status: number
  retryAfter: string | undefined
  /** The problem's code, if it is one. */
  code: string | undefined
  milliseconds: number
}

/** One request again and again, cheaper than by `fetch`: the generator is on the same machine. */
export interface Generator {
  /** @returns undefined when it is not answered. */
  shoot(): Promise<Shot | undefined>
  /** So many callers, each waiting for the answer before it asks again. @returns answers a second. */
  pull(callers: number, lastsMs: number): Promise<number>
  /** `atMost` requests at once, then so many a second as long as no more than that wait. @returns all answers. */
  push(aSecond: number, atMost: number, lastsMs: number): Promise<(Shot | undefined)[]>
  /** The longest that this process itself was late since the start, in milliseconds. */
  lateMs(): number
  close(): Promise<void>
}

const TICK_MS = 10

export function createGenerator(
  url: string,
  path: string,
  headers: Record<string, string>,
  body: string,
): Generator {
  const pool = new Pool(url, { headersTimeout: 60_000 })
  const lateness = monitorEventLoopDelay({ resolution: 10 })
  lateness.enable()

  async function shoot(): Promise<Shot | undefined> {
    const startedAt = performance.now()
    try {
      const answer = await pool.request({ method: 'POST', path, headers, body })
      const text = await answer.body.text()
      return {
        status: answer.statusCode,
        retryAfter: answer.headers['retry-after']?.toString(),
        code: answer.statusCode === 200 ? undefined : JSON.parse(text).code,
        milliseconds: performance.now() - startedAt,
      }
    } catch {
      return undefined
    }
  }

  return {
    shoot,

    async pull(callers, lastsMs) {
      const until = performance.now() + lastsMs
      let answered = 0
      async function call(): Promise<void> {
        while (performance.now() < until) if (await shoot()) answered += 1
      }
      await Promise.all(Array.from({ length: callers }, call))
      return (answered * 1_000) / lastsMs
    },

    async push(aSecond, atMost, lastsMs) {
      const all: Promise<Shot | undefined>[] = []
      let waiting = 0
      async function fire(): Promise<Shot | undefined> {
        waiting += 1
        const shot = await shoot()
        waiting -= 1
        return shot
      }
      const startedAt = performance.now()
      for (let elapsed = 0; elapsed < lastsMs; elapsed = performance.now() - startedAt) {
        const due = atMost + (aSecond * elapsed) / 1_000
        while (all.length < due && waiting < atMost) all.push(fire())
        await sleep(TICK_MS)
      }
      return Promise.all(all)
    },

    lateMs: () => lateness.max / 1e6,

    async close() {
      lateness.disable()
      await pool.destroy()
    },
  }
}
