import { facts, sparkline, table } from './layout.js'
import { cut, isId, lineWidth, mark, plain, styled } from './terminal.js'

/** @typedef {import('../lib/client.js').Schemas} Schemas */
/** @typedef {import('../lib/client.js').Health} Health */

/** @param {number | null} share */
const percent = (share) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`)
/** @param {number | null | undefined} value */
const number = (value, digits = 3) =>
  value == null
    ? '–'
    : value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
/** @param {number | null | undefined} value */
const count = (value) => number(value, 0)
const dayAndMinute = new Intl.DateTimeFormat('en-GB', {
  ...{ day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' },
})
const dayAndSecond = new Intl.DateTimeFormat('en-GB', {
  ...{ day: '2-digit', month: 'short', timeZone: 'UTC' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
})
const dayAndYear = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' })
const MONTHS_11_MS = 11 * 30 * 86_400_000

/** In UTC; of what lies long ago the year says more than the minute. @param {string | null} iso */
function minute(iso) {
  if (iso === null) return '–'
  const at = Date.parse(iso)
  const format = Date.now() - at < MONTHS_11_MS ? dayAndMinute : dayAndYear
  return format.format(at).replace(',', '')
}

/** @type {[string, number][]} */
const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

/** @param {number | null} seconds */
function age(seconds) {
  if (seconds === null) return '–'
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ['s', 1]
  return `${Math.round(seconds / size)} ${unit}`
}

/** That a tip was seen goes without saying when it was answered. @param {{ action: string }[]} feedback */
function answersOf(feedback) {
  const actions = feedback.map(({ action }) => action)
  return actions.filter((action) => action !== 'viewed').join(' ') || actions[0] || '–'
}

/** @param {Schemas['Stats']} stats */
export function statsReport(stats) {
  /** @param {(day: Schemas['DayStats']) => number | null} pick */
  const curve = (pick) => sparkline(stats.series.map((day) => pick(day) ?? 0))
  const { feedback } = stats
  return facts({
    Days: `${stats.from} to ${stats.to} (${stats.tz})`,
    'DAU / WAU / MAU': `${count(stats.dau)} / ${count(stats.wau)} / ${count(stats.mau)}   ${curve(({ dau }) => dau)}`,
    Stickiness: percent(stats.stickiness),
    'New users': count(stats.newUsers),
    'Tips served': `${count(stats.tipsServed)}   ${curve(({ tipsServed }) => tipsServed)}`,
    'Act rate': `${percent(stats.actRate)}   ${curve(({ actRate }) => actRate)}`,
    'Fallback rate': `${percent(stats.fallbackRate)}   ${curve(({ fallbackRate }) => fallbackRate)}`,
    Latency: `p50 ${stats.latencyP50 ?? '–'} ms, p95 ${stats.latencyP95 ?? '–'} ms`,
    Feedback: Object.entries(feedback)
      .map(([action, times]) => `${action} ${count(times)}`)
      .join(', '),
  })
}

/** @param {Schemas['AdminUser'][]} users */
export const usersReport = (users) =>
  table(
    ['ID', 'NAME', 'E-MAIL', 'ROLE', 'LAST ACTIVE'],
    users.map(({ id, name, email, role, lastActiveAt }) => [
      id,
      plain(name),
      plain(email),
      role,
      minute(lastActiveAt),
    ]),
    ['ID', 'E-MAIL', 'NAME'],
  )

/** @param {Schemas['AdminUserDetail']} user */
export const userReport = (user) =>
  [
    facts({
      Id: user.id,
      Name: plain(user.name),
      'E-mail': plain(user.email),
      Role: user.role,
      Joined: minute(user.createdAt),
      'Last active': minute(user.lastActiveAt),
      Sessions: user.sessions.length,
      Integrations:
        user.integrations
          .map(({ provider, status }) => `${plain(provider)} ${mark(status)}`)
          .join(', ') || '–',
      Consents: user.consents.map(({ kind, action }) => `${kind} ${action}`).join(', ') || '–',
    }),
    '',
    table(
      ['TIP', 'WHEN', 'SOURCE', 'ANSWERS', 'TEXT'],
      user.recentTips.map(({ id, createdAt, source, feedback, text }) => [
        id,
        minute(createdAt),
        mark(source),
        answersOf(feedback),
        plain(text),
      ]),
      ['TEXT', 'TIP'],
    ),
  ].join('\n')

const TYPE_WIDTH = 20
const ID_WIDTH = 36
const SHORT = 9

/** One line; a terminal gets short ids, and what fits into one of its lines. @param {Schemas['Event']} event */
export function eventLine({ occurredAt, type, userId, payload }) {
  const width = process.stdout.isTTY ? SHORT : ID_WIDTH
  /** @param {unknown} value */
  const told = (value) => {
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
    return isId(text) ? cut(text, width) : text
  }
  const when = dayAndSecond.format(Date.parse(occurredAt)).replace(',', '')
  const name = plain(type).replace('signals.', '').padEnd(TYPE_WIDTH)
  const who = cut(userId ?? '–', width).padEnd(width)
  const what = Object.entries(payload).map(([name, value]) => `${name} ${told(value)}`)
  const room = lineWidth() - `${when}  ${name}  ${who}  `.length
  return [
    styled('dim', when),
    styled('bold', name),
    who,
    cut(plain(what.join('  ')), Math.max(SHORT, room)),
  ].join('  ')
}

/** @param {Schemas['Feature'][]} features */
export const featuresReport = (features) =>
  table(
    ['FEATURE', 'VALUE', 'STATUS', 'AGE', 'TTL', 'SOURCE'],
    features.map(({ name, value, status, ageSeconds, ttlSeconds, source }) => [
      plain(name),
      value === null ? '–' : String(Number(value.toFixed(3))),
      mark(status),
      age(ageSeconds),
      age(ttlSeconds),
      plain(source),
    ]),
  )

/** @param {Schemas['Policies']} policies */
export const policiesReport = ({ active, activeVersion, shadows }) =>
  [
    `Active: ${styled('bold', plain(active))} ${activeVersion ? `version ${plain(activeVersion)}` : ''}`,
    '',
    table(
      ['SHADOW', 'VERSION', 'STATE', 'AGREEMENT', 'DECISIONS'],
      shadows.map(({ name, version, enabled, missing, agreement, decisions }) => [
        plain(name),
        plain(version),
        mark(missing ? 'missing' : enabled ? 'enabled' : 'disabled'),
        percent(agreement),
        count(decisions),
      ]),
    ),
  ].join('\n')

/** @param {Schemas['SimulationRun'][]} runs */
export const runsReport = (runs) =>
  table(
    ['RUN', 'POLICY', 'JUDGE', 'USERS', 'TIPS', 'SEED', 'STATUS', 'REWARD', 'STARTED'],
    runs.map(({ id, params, status, summary, createdAt }) => [
      id,
      params.policy,
      params.judge,
      String(params.users),
      String(params.steps),
      String(params.seed),
      mark(status),
      number(summary?.meanReward),
      minute(createdAt),
    ]),
    ['RUN'],
  )

/** @param {Schemas['SimulationRun']} run */
export function runReport({ id, status, summary, reason }) {
  if (!summary) {
    const why = reason && reason !== status && { Reason: plain(reason) }
    return facts({ Run: id, Status: mark(status), ...why })
  }
  return facts({
    Run: id,
    Status: mark(status),
    'Mean reward': `${number(summary.meanReward)} (95 %: ${summary.ci95.map((bound) => number(bound)).join(' to ')})`,
    Reward: number(summary.cumulativeReward, 1),
    Regret: number(summary.cumulativeRegret, 1),
    Answers: Object.entries(summary.actions)
      .map(([action, times]) => `${action} ${count(times)}`)
      .join(', '),
  })
}

/** @param {Schemas['Decision']} decision */
export const decisionReport = (decision) =>
  [
    facts({
      Tip: plain(decision.text),
      Task: plain(decision.task?.content),
      For: decision.userId,
      Made: `${minute(decision.createdAt)}, in ${decision.latencyMs} ms`,
      Source: `${mark(decision.source)} ${plain(decision.fallbackReason ?? '')}`,
      Policy: `${plain(decision.policy)} ${plain(decision.policyVersion ?? '')}`,
      Propensity: percent(decision.propensity),
      Shadows:
        decision.shadows
          .map(({ name, agreed }) => `${plain(name)} ${agreed ? 'agreed' : 'differed'}`)
          .join(', ') || '–',
      Answers:
        decision.feedback.map(({ action, reward }) => `${action} (${reward})`).join(', ') || '–',
    }),
    '',
    table(
      ['CANDIDATE', 'P', '', 'SCORE', 'EXPECTED REWARD'],
      decision.candidates
        .toSorted((a, b) => b.p - a.p)
        .map(({ id, p, score, qHat }) => [
          id === decision.chosenId ? styled('bold', plain(id)) : plain(id),
          percent(p),
          '█'.repeat(Math.round(p * 20)),
          number(score),
          number(qHat),
        ]),
    ),
  ].join('\n')

/** @param {Health} health */
export const healthReport = ({ status, checks }) =>
  [
    `Status: ${mark(status)}`,
    '',
    table(
      ['CHECK', 'STATUS', 'LATENCY', 'DETAIL'],
      Object.entries(checks).map(([name, check]) => [
        name,
        mark(check.status),
        check.status === 'disabled' ? '–' : `${check.latencyMs} ms`,
        plain(check.detail),
      ]),
    ),
  ].join('\n')

/** @param {Schemas['AuditEntry'][]} entries */
export const auditReport = (entries) =>
  table(
    ['WHEN', 'ACTION', 'OUTCOME', 'STATUS', 'WHO', 'TARGET'],
    entries.map(({ at, actor, action, target, outcome, status }) => [
      minute(at),
      plain(action),
      mark(outcome),
      String(status),
      plain(actor ?? 'nobody'),
      plain(target),
    ]),
    ['WHO', 'TARGET', 'ACTION'],
  )
