import { client } from '../lib/api.js'
import { bar, pill } from '../lib/bars.js'
import { confirm, perform } from '../lib/dialogs.js'
import { h } from '../lib/dom.js'
import { count, percent } from '../lib/format.js'
import { empty, part } from '../lib/states.js'
import { table } from '../lib/table.js'

/** @typedef {import('../lib/api.js').Schemas['Policy']} Policy */
/** @typedef {import('../lib/api.js').Schemas['Policies']} Policies */

/** What decides, and what would have. @type {import('../lib/router.js').Page} */
export function policies() {
  const known = part(() => client.policies(), show)

  /** @param {Policy} policy */
  async function toggle({ name, enabled }) {
    const yes = await confirm({
      title: `${enabled ? 'Switch off' : 'Switch on'} ${name}?`,
      consequence: h(
        'p',
        {},
        enabled
          ? `From the next tip on, ml/serving is no longer asked what ${name} would have chosen. Its agreement so far is kept.`
          : `From the next tip on, ml/serving is asked beside each decision what ${name} would have chosen. No tip changes by it.`,
      ),
      yes: enabled ? 'Switch off' : 'Switch on',
    })
    if (!yes) return
    await perform(
      () => client.togglePolicy(name, !enabled),
      (policy) => `${name} is ${policy.enabled ? 'on' : 'off'}.`,
    )
    known.reload()
  }

  /** @param {Policies} policies */
  function show({ active, activeVersion, activeMissing, shadows }) {
    return [
      h(
        'section',
        { class: 'card' },
        h('h2', {}, 'Active'),
        h(
          'p',
          { class: 'big' },
          active,
          ' ',
          activeVersion && h('span', { class: 'quiet' }, `version ${activeVersion}`),
        ),
        h(
          'p',
          { class: 'quiet' },
          activeMissing
            ? 'ml/serving no longer knows it; the policy it names decides until it is back.'
            : 'It decides which tip a person gets.',
        ),
      ),
      h('h2', {}, 'Shadows'),
      shadows.length === 0
        ? empty('No shadow policies', 'ml/serving names none. Refresh when one was added.')
        : table('Shadow policies', columns, shadows),
    ]
  }

  /** @type {import('../lib/table.js').Column<Policy>[]} */
  const columns = [
    [
      'Policy',
      ({ name, version }) => [
        h('strong', {}, name),
        version && h('span', { class: 'quiet' }, ` version ${version}`),
      ],
    ],
    [
      'State',
      ({ enabled, missing }) => pill(missing ? 'missing' : enabled ? 'enabled' : 'disabled'),
    ],
    [
      'Agrees with the active one',
      ({ name, agreement }) =>
        agreement === null
          ? '–'
          : h(
              'span',
              { class: 'share' },
              bar(agreement, `agreement of ${name}`),
              percent(agreement),
            ),
    ],
    ['Decisions', ({ decisions }) => count(decisions), 'number'],
    [
      'Change',
      (policy) =>
        h(
          'button',
          {
            type: 'button',
            class: 'small',
            onclick: () => toggle(policy),
            'aria-label': `${policy.enabled ? 'Switch off' : 'Switch on'} ${policy.name}`,
          },
          policy.enabled ? 'Switch off' : 'Switch on',
        ),
    ],
  ]

  async function refresh() {
    await perform(
      () => client.refreshPolicies(),
      ({ shadows }) => `ml/serving knows ${shadows.length + 1} policies.`,
    )
    known.reload()
  }

  return {
    title: 'Policies',
    tools: h('button', { type: 'button', onclick: refresh }, 'Refresh from ml/serving'),
    content: known.element,
  }
}
