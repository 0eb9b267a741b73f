import { join } from 'node:path'
import { type Bench, type Case, type Row, throughput } from '../bench.ts'
import { apiEnvironment, SESSION_SECRET, WEB_BASE_URL } from '../environment.ts'
import type { Target } from '../load/wire.ts'
import { type Compared, compare, type Side } from '../rounds.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, cookieOf, type Person } from '../seed/people.ts'
import type { Server } from '../server.ts'

const PEOPLE = 200
const CONNECTIONS = 20
const SESSION = '/api/auth/session'
const HEALTH = '/health'

/** Reading the session and answering a probe: all plugins, and next to no work of their own. */
export const sessionCase: Case = {
  name: 'session',
  async run(bench) {
    const path = join(bench.folder, 'session.db')
    const people = await makeDatabase(path, (database) => addPeople(database, PEOPLE))
    const api = await bench.api(path)
    const sessions = people.map((person) => get(SESSION, cookieOf(person)))
    const health = [get(HEALTH)]
    const answers = {
      [SESSION]: await answerOf(api, sessions[0] as Target),
      [HEALTH]: await answerOf(api, health[0] as Target),
    }
    const bare = await bench.reference('fastify-constant', { ANSWERS: JSON.stringify(answers) })
    const express = await bench.reference('express-session', {
      DATABASE_PATH: path,
      SESSION_SECRET,
      WEB_BASE_URL,
    })
    const unprotected = await bench.reference('unprotected', apiEnvironment(path))
    const side = (server: Server, targets: Target[]) => sideOf(bench, server, targets)
    const rows: Row[] = []
    const { rounds } = bench
    const session = await compare(side(api, sessions), side(bare, sessions), rounds)
    rows.push(throughput(`GET ${SESSION} : bare Fastify`, session, 0.5))
    const signed = people.map((person) => get(SESSION, expressCookieOf(person)))
    const versus = await compare(side(api, sessions), side(express, signed), rounds)
    rows.push(throughput(`GET ${SESSION} : Express 5`, versus, 3))
    const without = await compare(side(api, sessions), side(unprotected, sessions), 2 * rounds)
    rows.push(protectionsRow(without))
    const probe = await compare(side(api, health), side(bare, health), rounds)
    rows.push(throughput(`GET ${HEALTH} : bare Fastify`, probe, 0.9))
    return rows
  },
}

/** By processor time, which tells small differences better than throughput does: two equal servers differ by 9 % at most. */
function protectionsRow({ ours, reference }: Compared): Row {
  return {
    name: `processor time of GET ${SESSION} : without its protections`,
    ours: `${Math.round(ours.cpu)} µs`,
    reference: `${Math.round(reference.cpu)} µs`,
    ratio: ours.cpu / reference.cpu,
    budget: { atMost: 1.1 },
  }
}

const get = (path: string, headers: Record<string, string> = {}): Target => ({
  method: 'GET',
  path,
  headers,
})

function sideOf({ load, seconds }: Bench, server: Server, targets: Target[]): Side {
  const { port } = server
  return {
    server,
    run: () => load.run({ port, targets, connections: CONNECTIONS, seconds, status: 200 }),
  }
}

/** cookie-parser marks a signed value. */
const expressCookieOf = ({ signedSession }: Person) => ({
  cookie: `sid=${encodeURIComponent(`s:${signedSession}`)}`,
})

/** Headers that every server makes by itself. */
const OWN = ['date', 'connection', 'keep-alive', 'content-length']

/** What the server answers, for a reference to answer the same. */
async function answerOf({ port }: Server, { path, headers = {} }: Target) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
  const kept = [...response.headers].filter(([name]) => !OWN.includes(name))
  return { headers: Object.fromEntries(kept), body: await response.json() }
}
