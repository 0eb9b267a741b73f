import t from 'tap'
import type { MlClient } from '../../../src/ml/client.ts'
import type { GenerateAnswer, GenerateRequest } from '../../../src/ml/wire.ts'
import { seededPick, seededUnit } from '../../../src/tips/seeded.ts'
import { coldStartText, lengthOf, templateText } from '../../../src/tips/templates.ts'
import { word } from '../../../src/tips/wording.ts'

const PLAIN = { overdue_days: 0, due_today: 0, has_due: 0 }

function wordWith(answer: GenerateAnswer, prompts: string[] = []) {
  const asked: GenerateRequest[] = []
  const ml = {
    generate: async (request: GenerateRequest) => {
      asked.push(request)
      return answer
    },
  } as unknown as MlClient
  const task = { id: 'todoist:1', content: 'Water the plants', due: null, priority: 2, url: '' }
  const features = {
    ...PLAIN,
    ...{ due_in_days: 0, priority: 2, age_days: 0, shown_7d: 0, is_recurring: 0 },
  }
  const request = {
    decisionId: 'd1',
    userId: 'u1',
    candidate: { id: task.id, task, features, lately: false },
    context: { hour: 9, dow: 0 },
  }
  return { asked, worded: word(ml, prompts, request, { traceId: 'a'.repeat(32) }) }
}

t.test('what ml/serving writes becomes one clean line', async (t) => {
  const { asked, worded } = wordWith({
    text: '  Go\n\nwater\u0000 them ',
    prompt_version: 'v2',
    model: 'm',
  })
  t.same(await worded, { text: 'Go water them', promptVersion: 'v2', model: 'm', failure: null })
  t.match(asked, [
    {
      candidate: { id: 'todoist:1', content: 'Water the plants', due: null, priority: 2 },
      prompt_version: null,
      max_chars: 280,
    },
  ])
})

t.test('the prompt that ml/serving says it used wins over the one that was drawn', async (t) => {
  t.equal(
    (await wordWith({ text: 'x', prompt_version: 'own' }, ['drawn']).worded).promptVersion,
    'own',
  )
  const { asked, worded } = wordWith({ text: 'x' }, ['drawn'])
  t.equal((await worded).promptVersion, 'drawn')
  t.equal(asked[0]?.prompt_version, 'drawn')
})

t.test('a text that is empty or too long gives way to a template', async (t) => {
  t.match(await wordWith({ text: ' \n ' }).worded, {
    text: /Water the plants/,
    failure: 'empty_text',
  })
  t.match(await wordWith({ text: 'x'.repeat(281) }).worded, {
    model: null,
    failure: 'text_too_long',
  })
  t.match(await wordWith({ text: '🌱'.repeat(280) }).worded, { failure: null })
})

t.test('a template fits the task, its length and its decision', async (t) => {
  const texts = Array.from({ length: 50 }, (_, i) => templateText(`d${i}`, 'Pay $& rent', PLAIN))
  t.equal(new Set(texts).size, 3)
  t.ok(texts.every((text) => text.includes('Pay $& rent')))
  t.equal(templateText('d1', 'x', PLAIN), templateText('d1', 'x', PLAIN))
  t.not(
    templateText('d1', 'x', { ...PLAIN, overdue_days: 2 }),
    templateText('d1', 'x', { ...PLAIN, due_today: 1 }),
  )
  for (let i = 0; i < 20; i++) {
    const long = templateText(`d${i}`, 'a\nb🌱'.repeat(200), { ...PLAIN, has_due: 1 })
    t.equal(lengthOf(long), 280)
    t.notMatch(long, /\n/)
  }
  t.ok(coldStartText('d1').length > 20)
})

t.test('a draw is even, and the same for the same decision', async (t) => {
  t.equal(seededUnit('d1', 'rules'), seededUnit('d1', 'rules'))
  t.not(seededUnit('d1', 'rules'), seededUnit('d1', 'prompt'))
  const counts = { a: 0, b: 0 }
  for (let i = 0; i < 4_000; i++) counts[seededPick(['a', 'b'] as const, `d${i}`, 'p') ?? 'a']++
  t.ok(Math.abs(counts.a - 2_000) < 200, `${counts.a} of 4000`)
  t.equal(seededPick([], 'd1', 'p'), undefined)
})
