/**
 * Where webhooks may go: never to what only this machine or its network can reach. Whoever enters an address could otherwise read answers
 * of services that trust our network (SSRF), such as the credentials at 169.254.169.254.
 *
 * An address is public if it is ordinary unicast of the internet; everything that has a name of its own is not: loopback, private,
 * link-local, carrier-grade NAT, multicast, documentation, and each way of writing an IPv4 address inside an IPv6 one (mapped,
 * NAT64, 6to4, Teredo), which a gateway may turn into a private one. Of IPv6 only 2000::/3 is in use at all.
 */
import ipaddr from 'ipaddr.js'
import { DeliveryProblem } from './delivery-problems.ts'

const MAX_URL_LENGTH = 2_000
const LOWEST_FREE_PORT = 1_024
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')

export function isPublicAddress(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.parse(text)
  if (address.range() !== 'unicast') return false
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast)
}

export type Target = {
  readonly url: URL
  /** A name, or an IP address without brackets. */
  readonly host: string
  readonly isAddress: boolean
}

/**
 * What can be told from the text alone. `allowsPrivate` is for tests and servers of one's own network: then plain HTTP and any port too.
 * @throws DeliveryProblem
 */
export function readTarget(text: string, allowsPrivate: boolean): Target {
  const url = URL.parse(text)
  if (url === null || text.length > MAX_URL_LENGTH) throw new DeliveryProblem('address_not_whole')
  if (url.protocol !== 'https:' && !(allowsPrivate && url.protocol === 'http:')) {
    throw new DeliveryProblem('address_unencrypted')
  }
  if (url.username !== '' || url.password !== '') throw new DeliveryProblem('address_with_password')
  if (url.hash !== '') throw new DeliveryProblem('address_with_fragment')
  const port = url.port === '' ? 443 : Number(url.port)
  if (!allowsPrivate && port !== 443 && port < LOWEST_FREE_PORT) {
    throw new DeliveryProblem('port_reserved', { lowestPort: LOWEST_FREE_PORT })
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const target = { url, host, isAddress: ipaddr.isValid(host) }
  if (target.isAddress && !allowsPrivate && !isPublicAddress(host)) {
    throw new DeliveryProblem('address_private', { host })
  }
  return target
}

/**
 * The refusal names the host, not its address, which is nobody's business who does not run this server; that is for `tellOperator`.
 * @throws DeliveryProblem unless there are addresses and all of them are public
 */
export function assertPublic(
  host: string,
  addresses: readonly string[],
  tellOperator: (address: string) => void,
): void {
  if (addresses.length === 0) throw new DeliveryProblem('name_without_address', { host })
  const own = addresses.find((address) => !isPublicAddress(address))
  if (own === undefined) return
  tellOperator(own)
  throw new DeliveryProblem('name_private', { host })
}
