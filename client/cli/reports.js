import { facts, mark, plain, sparkline, styled, table } from './terminal.js'

/** @typedef {import('../lib/client.js').Schemas} Schemas */
/** @typedef {import('../lib/client.js').Health} Health */

/** @param {number | null} share */
const percent = (share) => (share === null ? '–' : `${(share * 100).toFixed(1)} %`)
/** @param {number | null | undefined} value */
const number = (value, digits = 3) => (value == null ? '–' : value.toFixed(digits))
/** @param {string | null} iso */
const minute = (iso) => (iso === null ? '–' : iso.slice(0, 16).replace('T', ' '))

/** @param {Schemas['Stats']} stats */
export function statsReport(stats) {
  /** @param {(day: Schemas['DayStats']) => number | null} pick */
  const curve = (pick) => sparkline(stats.series.map((day) => pick(day) ?? 0))
  const { feedback } = stats
  return facts({
    Days: `${stats.from} to ${stats.to} (${stats.tz})`,
    'DAU / WAU / MAU': `${stats.dau} / ${stats.wau} / ${stats.mau}   ${curve(({ dau }) => dau)}`,
    Stickiness: percent(stats.stickiness),
    'New users': stats.newUsers,
    'Tips served': `${stats.tipsServed}   ${curve(({ tipsServed }) => tipsServed)}`,
    'Act rate': `${percent(stats.actRate)}   ${curve(({ actRate }) => actRate)}`,
    'Fallback rate': `${percent(stats.fallbackRate)}   ${curve(({ fallbackRate }) => fallbackRate)}`,
    Latency: `p50 ${stats.latencyP50 ?? '–'} ms, p95 ${stats.latencyP95 ?? '–'} ms`,
    Feedback: Object.entries(feedback)
      .map(([action, times]) => `${action} ${times}`)
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
        feedback.map(({ action }) => action).join(' ') || '–',
        plain(text),
      ]),
    ),
  ].join('\n')

/** @param {Schemas['Event']} event */
export const eventLine = ({ occurredAt, type, userId, payload }) =>
  [
    styled('dim', occurredAt.slice(11, 19)),
    styled('bold', plain(type).replace('signals.', '').padEnd(24)),
    (userId ?? '–').padEnd(36),
    plain(JSON.stringify(payload)),
  ].join('  ')

/** @param {Schemas['Feature'][]} features */
export const featuresReport = (features) =>
  table(
    ['FEATURE', 'VALUE', 'STATUS', 'AGE', 'TTL', 'SOURCE'],
    features.map(({ name, value, status, ageSeconds, ttlSeconds, source }) => [
      plain(name),
      value === null ? '–' : String(Number(value.toFixed(3))),
      mark(status),
      ageSeconds === null ? '–' : `${ageSeconds} s`,
      `${ttlSeconds} s`,
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
        String(decisions),
      ]),
    ),
  ].join('\n')

/** @param {Schemas['SimulationRun'][]} runs */
export const runsReport = (runs) =>
  table(
    ['RUN', 'POLICY', 'JUDGE', 'USERS', 'STEPS', 'SEED', 'STATUS', 'MEAN REWARD', 'STARTED'],
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
  )

/** @param {Schemas['SimulationRun']} run */
export function runReport({ id, status, summary, reason }) {
  if (!summary) return facts({ Run: id, Status: mark(status), Reason: plain(reason) })
  return facts({
    Run: id,
    Status: mark(status),
    'Mean reward': `${number(summary.meanReward)} (95 %: ${summary.ci95.map((bound) => number(bound)).join(' to ')})`,
    Reward: number(summary.cumulativeReward, 1),
    Regret: number(summary.cumulativeRegret, 1),
    Answers: Object.entries(summary.actions)
      .map(([action, times]) => `${action} ${times}`)
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
        `${check.latencyMs} ms`,
        plain(check.detail),
      ]),
    ),
  ].join('\n')

/** @param {Schemas['AuditEntry'][]} entries */
export const auditReport = (entries) =>
  table(
    ['WHEN', 'WHO', 'ACTION', 'TARGET', 'OUTCOME', 'STATUS'],
    entries.map(({ at, actor, action, target, outcome, status }) => [
      minute(at),
      plain(actor ?? 'nobody'),
      plain(action),
      plain(target),
      mark(outcome),
      String(status),
    ]),
  )
