import type { Action, Tip } from '../judges/answer.ts'
import type { Candidate, Context } from '../policies/types.ts'
import type { Random } from '../random.ts'
import { createPersona, type Persona, PROJECTS } from './persona.ts'

const ROUNDS_PER_DAY = 3
/** First and last hour in which each round of a day may fall. */
const ROUND_HOURS = [
  [6, 11],
  [12, 16],
  [17, 23],
] as const

const FIRST_TASKS = 10
const FEWEST_TASKS = 5
const MOST_TASKS = 20
/** Chance per round that a task is added. */
const ARRIVAL = 0.45
/** Chance per round that a task is done without a tip. */
const DONE_UNPROMPTED = 0.015

interface Task {
  id: string
  project: Tip['project']
  priority: number
  recurring: boolean
  /** Day numbers of the simulation, fractions of a day included in `added` and `tipped`. */
  added: number
  due: number | undefined
  tipped: number[]
  /** The last tip was only looked at. */
  unanswered: boolean
}

/** One synthetic user: hidden preferences, and tasks that arrive, age and get done. A round is one tip. */
export class SimulatedUser {
  readonly id: string
  readonly persona: Persona
  readonly #random: Random
  #tasks: Task[] = []
  #made = 0
  #day = 0
  #hour = 9

  constructor(id: string, random: Random) {
    this.id = id
    this.#random = random
    this.persona = createPersona(random)
    // Tasks from before the first round, so that some are old and some overdue.
    for (let i = 0; i < FIRST_TASKS; i++) this.#add(-random.below(20))
  }

  get context(): Context {
    return { hour: this.#hour, dow: this.#day % 7 }
  }

  /** Moves on to a round: a third of a day later, with what happened to the tasks in between. */
  advance(round: number): void {
    const [from, to] = ROUND_HOURS[round % ROUNDS_PER_DAY] ?? [9, 9]
    this.#day = Math.floor(round / ROUNDS_PER_DAY)
    this.#hour = from + this.#random.below(to - from + 1)
    this.#tasks = this.#tasks.filter(() => this.#random.next() >= DONE_UNPROMPTED)
    if (this.#random.next() < ARRIVAL && this.#tasks.length < MOST_TASKS) this.#add(this.#day)
    while (this.#tasks.length < FEWEST_TASKS) this.#add(this.#day)
  }

  /** The open tasks as a policy sees them; those tipped lately and unanswered come last. */
  candidates(): Candidate[] {
    return this.#tasks
      .map((task) => ({
        id: task.id,
        features: this.#featuresOf(task),
        lately: task.unanswered && this.#now() - (task.tipped.at(-1) ?? 0) < 1,
      }))
      .sort((a, b) => Number(a.lately) - Number(b.lately))
  }

  /** A candidate as the person sees it. */
  tip({ id, features }: Candidate): Tip {
    return { project: this.#find(id).project, features }
  }

  /** What the answer does to the task. */
  answered(taskId: string, action: Action): void {
    const task = this.#find(taskId)
    task.tipped = [...task.tipped.filter((at) => at > this.#now() - 7), this.#now()]
    task.unanswered = action === 'viewed'
    if (action !== 'done') return
    if (task.recurring) this.#reschedule(task)
    else this.#tasks = this.#tasks.filter(({ id }) => id !== taskId)
  }

  #now(): number {
    return this.#day + this.#hour / 24
  }

  #find(id: string): Task {
    const task = this.#tasks.find((one) => one.id === id)
    if (task === undefined) throw new Error(`user ${this.id} has no task ${id}`)
    return task
  }

  #add(day: number): void {
    const random = this.#random
    this.#tasks.push({
      id: `${this.id}:${this.#made++}`,
      project: PROJECTS[random.below(PROJECTS.length)] ?? 'home',
      priority: 1 + random.below(4),
      recurring: random.next() < 0.3,
      added: day,
      due: random.next() < 0.6 ? day + random.below(12) : undefined,
      tipped: [],
      unanswered: false,
    })
  }

  /** A recurring task that was done comes back within a week, as new. */
  #reschedule(task: Task): void {
    task.added = this.#day
    task.due = this.#day + 1 + this.#random.below(7)
    task.tipped = []
  }

  #featuresOf({ priority, recurring, added, due, tipped }: Task): Candidate['features'] {
    const left = due === undefined ? 0 : due - this.#day
    return {
      overdue_days: Math.max(0, -left),
      due_today: due === this.#day ? 1 : 0,
      has_due: due === undefined ? 0 : 1,
      due_in_days: Math.max(0, left),
      priority,
      age_days: this.#day - added,
      shown_7d: tipped.filter((at) => at > this.#now() - 7).length,
      is_recurring: recurring ? 1 : 0,
    }
  }
}
