/**
 * The first key that an object of this JSON text has twice, as a path below `root`. JSON.parse takes the last one in
 * silence, and another parser on the way may take the first: the two would not see the same request.
 *
 * @param text valid JSON, or not: then the answer means nothing and JSON.parse will say so.
 */
export function findDuplicateKey(text: string, root: string): string | undefined {
  const open: { keys: Set<string> | null; path: string; items: number }[] = []
  let path = root
  let expectsKey = false
  for (let at = 0; at < text.length; at += 1) {
    const scope = open.at(-1)
    switch (text[at]) {
      case '{':
        open.push({ keys: new Set(), path, items: 0 })
        expectsKey = true
        break
      case '[':
        open.push({ keys: null, path, items: 0 })
        path = `${path}.0`
        break
      case '}':
      case ']':
        path = open.pop()?.path ?? root
        expectsKey = false
        break
      case ',':
        expectsKey = scope?.keys != null
        if (scope?.keys === null) path = `${scope.path}.${++scope.items}`
        break
      case '"': {
        const end = endOfString(text, at)
        if (expectsKey && scope?.keys) {
          const key = readKey(text.slice(at, end + 1))
          path = `${scope.path}.${key}`
          if (scope.keys.has(key)) return path
          scope.keys.add(key)
          expectsKey = false
        }
        at = end
        break
      }
    }
  }
  return undefined
}

/** `"a"` and `"\u0061"` are one key. */
function readKey(quoted: string): string {
  try {
    return JSON.parse(quoted)
  } catch {
    return quoted
  }
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
