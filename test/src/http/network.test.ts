import t from 'tap'
import { networkOf } from '../../../src/http/network.ts'

t.test('who calls from IPv4 is their address, from IPv6 their network', (t) => {
  t.equal(networkOf('192.0.2.7'), '192.0.2.7')
  t.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7', 'as a dual stack listener names it')
  t.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff::9'))
  t.not(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
  t.equal(networkOf('fe80::1%eth0'), networkOf('fe80::2%eth0'))
  t.end()
})
