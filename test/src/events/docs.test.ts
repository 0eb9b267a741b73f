import { readFile } from 'node:fs/promises'
import t from 'tap'
import { eventPayloads } from '../../../schemas/events.ts'

t.test('docs/events.md has every event and the fields of its payload', async (t) => {
  const text = await readFile(new URL('../../../docs/events.md', import.meta.url), 'utf8')
  const documented: Record<string, string[]> = {}
  for (const [, type = '', payload = ''] of text.matchAll(/^\| `(signals\.[^`]+)` \|([^|]*)\|/gm)) {
    // In brackets are the values of a field.
    documented[type] = [...payload.replace(/\([^)]*\)/g, '').matchAll(/`(\w+)`/g)].map(
      ([, field = '']) => field,
    )
  }
  const expected = Object.entries(eventPayloads).map(([type, schema]) => [
    type,
    Object.keys(schema.properties),
  ])
  t.same(documented, Object.fromEntries(expected))
})
