import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Case, type Row, throughput } from '../bench.ts'
import { compare } from '../rounds.ts'
import { makeDatabase } from '../seed/database.ts'
import type { Server } from '../server.ts'
import { signInAsAdmin } from '../sign-in.ts'

const CONNECTIONS = 20
const SIZES = [
  ['1 kB', 1_000],
  ['1 MB', 1_000_000],
] as const

/** What ml/serving answers, handed through. */
export const proxyCase: Case = {
  name: 'proxy',
  async run(bench) {
    const { load, seconds, rounds } = bench
    const path = join(bench.folder, 'proxy.db')
    await makeDatabase(path, () => {})
    const DATABASE_PATH = join(bench.folder, 'proxy-reference.db')
    await copyFile(path, DATABASE_PATH)
    const ml = await bench.reference('ml-instant', {}, 'load')
    const ML_SERVING_URL = `http://127.0.0.1:${ml.port}`
    const api = await bench.api(path, { ML_SERVING_URL })
    const bare = await bench.reference('proxy-bare', { ML_SERVING_URL })
    const headers = { cookie: await signInAsAdmin(api) }
    const side = (server: Server, bytes: number) => {
      const targets = [{ method: 'GET', path: `/api/ml/bytes/${bytes}`, headers }]
      const spec = { targets, seconds, connections: CONNECTIONS, status: 200 }
      return { server, run: () => load.run({ ...spec, port: server.port }) }
    }
    const rows: Row[] = []
    for (const [size, bytes] of SIZES) {
      const compared = await compare(side(api, bytes), side(bare, bytes), rounds)
      rows.push(throughput(`GET /api/ml/*, ${size} : bare reply-from`, compared, 0.8))
    }
    const audited = await bench.reference('proxy-audited', { ML_SERVING_URL, DATABASE_PATH })
    const [[size, bytes]] = SIZES
    const compared = await compare(side(api, bytes), side(audited, bytes), rounds)
    const name = `GET /api/ml/*, ${size} : reply-from that keeps the audit entry`
    rows.push(throughput(name, compared, 0.8))
    return rows
  },
}
