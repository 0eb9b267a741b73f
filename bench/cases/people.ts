import { join } from 'node:path'
import type { Case } from '../bench.ts'
import type { Target } from '../load/wire.ts'
import { makeDatabase } from '../seed/database.ts'
import { addPeople, cookieOf, type Person, sessionOf } from '../seed/people.ts'
import { addTasks } from '../seed/tasks.ts'
import { addTips } from '../seed/tips.ts'
import { compareSizes, type Sized } from './growth.ts'

/** Who is asked for, of however many there are. */
const PEOPLE = 1_000

/** What people ask for, among few and among many. */
export const peopleCase: Case = {
  name: 'people',
  async run(bench) {
    const ml = await bench.reference('ml-instant', {}, 'load')
    const worlds: Sized[] = []
    for (const size of [1_000, bench.quick ? 20_000 : 1_000_000]) {
      const path = join(bench.folder, `people-${size}.db`)
      const { asked, tips } = await makeDatabase(path, (database) => {
        const people = addPeople(database, size)
        const asked = people.filter((_, index) => index % (size / PEOPLE) === 0)
        addTasks(database, asked, 20)
        return { asked, tips: asked.map((person) => addTips(database, person, 1)[0]) }
      })
      const server = await bench.api(path, { ML_SERVING_URL: `http://127.0.0.1:${ml.port}` })
      const post = (person: Person, path: string, body: object): Target => ({
        ...{ method: 'POST', path, headers: cookieOf(person), body: JSON.stringify(body) },
      })
      const reads = {
        session: asked.map(sessionOf),
        recommend: asked.map((person) => post(person, '/api/recommend', {})),
        feedback: asked.map((person, index) =>
          post(person, `/api/tip/${tips[index]}/feedback`, { action: 'viewed' }),
        ),
      }
      worlds.push({ size, server, reads })
    }
    return compareSizes(bench, worlds, 'users', 1.2, PEOPLE / 10)
  },
}
