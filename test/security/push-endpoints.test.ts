import t from 'tap'
import { parseEndpoint } from '../../src/push/endpoint.ts'

const none = new Set<string>()
const accepts = (endpoint: string) => {
  try {
    return Boolean(parseEndpoint(endpoint, none))
  } catch {
    return false
  }
}

t.test('the push services of the browsers are accepted', async (t) => {
  for (const endpoint of [
    'https://fcm.googleapis.com/fcm/send/abc:def',
    'https://updates.push.services.mozilla.com/wpush/v2/gAAAA',
    'https://web.push.apple.com/QGx?x=1',
    'https://wns2-par02p.notify.windows.com:443/w/?token=abc',
    'https://8.8.8.8/push',
    'https://[2606:4700::1111]/push',
    'https://local.example.com/push',
  ]) {
    t.ok(accepts(endpoint), endpoint)
  }
})

t.test('whatever is not plain https to a public name is refused', async (t) => {
  for (const endpoint of [
    'push',
    '//push.example.com/x',
    'http://push.example.com/x',
    'ftp://push.example.com/x',
    'javascript:alert(1)',
    'https://push.example.com:8443/x',
    'https://user@push.example.com/x',
    'https://user:password@push.example.com/x',
    'https://localhost/x',
    'https://LOCALHOST./x',
    'https://a.localhost/x',
    'https://intranet/x',
    'https://printer.local/x',
    'https://db.internal./x',
    'https://router.home.arpa/x',
  ]) {
    t.notOk(accepts(endpoint), endpoint)
  }
})

t.test('an address that is not public is refused in every spelling', async (t) => {
  for (const host of [
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '①②⑦.0.0.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '198.18.0.1',
    '192.0.2.1',
    '224.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[::127.0.0.1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:8.8.8.8]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001::1]',
    '[fc00::1]',
    '[fe80::1]',
    '[fec0::1]',
    '[ff02::1]',
    '[4000::1]',
  ]) {
    t.notOk(accepts(`https://${host}/x`), host)
  }
})

t.test('an allowed origin is exempt, and only exactly that origin', async (t) => {
  const allowed = new Set(['http://127.0.0.1:4000'])
  t.equal(parseEndpoint('http://127.0.0.1:4000/push/1', allowed).pathname, '/push/1')
  for (const endpoint of ['http://127.0.0.1:4001/x', 'https://127.0.0.1:4000/x']) {
    t.throws(() => parseEndpoint(endpoint, allowed), { code: 'push_endpoint_refused' })
  }
})
