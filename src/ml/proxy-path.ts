import { isUtf8 } from 'node:buffer'

/** RFC 9110, section 4.1: what everyone should be able to take. */
const MAX_TARGET_LENGTH = 8_000
/** A value that is percent-encoded once may itself hold an encoded one; beyond that someone is hiding something. */
const MAX_ENCODINGS = 3

const ORIGIN_FORM = /^\/[!-~]*$/

/** What no decoded path may hold: each server on the way may read it as another path than the one that was allowed. */
const TRICKS: [trick: RegExp, reason: string][] = [
  [/\p{Cc}/u, 'has a control character'],
  [/\\/, 'has a backslash'],
  [/;/, 'has path parameters'],
  [/\/\//, 'has an empty segment'],
  // Some systems drop blanks and dots at the end of a name, so `.. ` and `...` go the same way.
  [/(^|\/)[. ]+(\/|$)/, 'has a dot segment'],
]

/**
 * Says why a request target must not be passed on to another server.
 *
 * The target is looked at as it came, before anyone has decoded or normalised it, and its path in every way in which a
 * server behind may decode it. The query is passed on as it is.
 *
 * @param target the request target (RFC 9112, section 3.2).
 * @returns the reason, or undefined for a target that means the same to everyone.
 */
export function refusalOf(target: string): string | undefined {
  if (target.length > MAX_TARGET_LENGTH) return `is longer than ${MAX_TARGET_LENGTH} characters`
  if (target.includes('#')) return 'has a fragment'
  if (!ORIGIN_FORM.test(target)) return 'is no path in ASCII that starts with a slash'
  const [encoded = ''] = target.split('?', 1)
  const path = decodeFully(encoded)
  if (path === undefined) return `is percent-encoded more than ${MAX_ENCODINGS} times over`
  // An overlong form such as %c0%ae is a dot to a careless decoder.
  if (!isUtf8(path)) return 'is not UTF-8'
  const text = path.toString('utf8')
  return TRICKS.find(([trick]) => trick.test(text))?.[1]
}

/** Byte by byte, so that no malformed part can keep the rest from being seen as a lenient decoder would see it. */
function decodeFully(encoded: string): Buffer | undefined {
  let path = encoded
  for (let round = 0; round <= MAX_ENCODINGS; round++) {
    const decoded = path.replace(/%([0-9a-f]{2})/gi, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    )
    if (decoded === path) return Buffer.from(path, 'latin1')
    path = decoded
  }
  return undefined
}
