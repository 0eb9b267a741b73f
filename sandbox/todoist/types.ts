// Shapes of the Todoist API v1, as far as its sync endpoint gives them to a reader.

export interface Due {
  /** `YYYY-MM-DD`, or a floating local time without zone, or a UTC time that ends in `Z`. */
  date: string
  /** IANA zone of a due date that is fixed in time, else null. */
  timezone: string | null
  /** As the person wrote it, e.g. `every monday`. */
  string: string
  lang: string
  is_recurring: boolean
}

export interface Item {
  id: string
  user_id: string
  project_id: string
  section_id: string | null
  parent_id: string | null
  child_order: number
  content: string
  description: string
  /** 1 is the default, 4 the most urgent. */
  priority: 1 | 2 | 3 | 4
  due: Due | null
  deadline: { date: string; lang: string } | null
  labels: string[]
  checked: boolean
  is_deleted: boolean
  added_at: string
  updated_at: string
  completed_at: string | null
}

export interface Project {
  id: string
  name: string
  color: string
  inbox_project: boolean
  is_archived: boolean
  is_deleted: boolean
  child_order: number
}

export interface User {
  id: string
  email: string
  full_name: string
  inbox_project_id: string
  lang: string
  tz_info: {
    timezone: string
    gmt_string: string
    hours: number
    minutes: number
    is_dst: 0 | 1
  }
}

/** What may be given of a task; the rest is made up. */
export type ItemSeed = Partial<Omit<Item, 'user_id'>> & { content: string }

/** A Todoist user to hand to the next authorisation. */
export interface AccountSeed {
  fullName?: string
  email?: string
  /** IANA zone. */
  timezone?: string
  /** How many tasks to make up, or the tasks. */
  tasks?: number | ItemSeed[]
}
