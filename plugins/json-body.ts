import { isUtf8 } from 'node:buffer'
import fp from 'fastify-plugin'
import { Problem } from '../src/errors.ts'
import { findDuplicateKey } from '../src/http/json.ts'

const unreadable = (path: string, message: string) =>
  new Problem('malformed_body', { errors: [{ path, message }] })

/**
 * Request order 4: JSON bodies, stricter than JSON.parse: valid UTF-8 (RFC 8259, section 8.1), no key twice (section 4),
 * no `__proto__`. Nothing else is read: `text/plain`, which a page of anyone may send, is refused like any other type.
 */
export default fp(
  async (app) => {
    const parse = app.getDefaultJsonParser('error', 'error')
    app.removeAllContentTypeParsers()
    app.addContentTypeParser<Buffer>(
      'application/json',
      { parseAs: 'buffer' },
      (request, body, done) => {
        if (!isUtf8(body)) return done(unreadable('body', 'is not valid UTF-8'))
        const text = body.toString('utf8')
        const twice = findDuplicateKey(text, 'body')
        if (twice !== undefined) return done(unreadable(twice, 'is given twice'))
        return parse(request, text, done)
      },
    )
  },
  { name: 'json-body' },
)
