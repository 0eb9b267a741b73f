import ipaddr from 'ipaddr.js'

/** What one customer of a provider gets in IPv6: whoever has one address has all of them (RFC 6177). */
const IPV6_PREFIX = 64

/** What stands for whoever calls from an address: the address itself; in IPv6 its network, such as `2001:db8:1:2::`. */
export function networkOf(ip: string): string {
  if (!ip.includes(':')) return ip
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return address.toString()
  const bytes = address.toByteArray().map((byte, index) => (index < IPV6_PREFIX / 8 ? byte : 0))
  return ipaddr.fromByteArray(bytes).toString()
}
