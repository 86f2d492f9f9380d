import { describe, expect, it } from 'vitest'
import { assertPublic, isPublicAddress, readTarget } from './address-rules.ts'
import { DeliveryProblem } from './delivery-problems.ts'

describe('an address', () => {
  it.each([
    ['8.8.8.8', true],
    ['93.184.216.34', true],
    ['172.15.255.255', true],
    ['172.32.0.0', true],
    ['100.63.255.255', true],
    ['100.128.0.0', true],
    ['2606:2800:220:1:248:1893:25c8:1946', true],
    ['2a00:1450:4001:81b::200e', true],
    ['0.0.0.0', false],
    ['0.1.2.3', false],
    ['10.0.0.1', false],
    ['100.64.0.1', false],
    ['100.127.255.255', false],
    ['127.0.0.1', false],
    ['127.255.255.254', false],
    ['169.254.169.254', false],
    ['172.16.0.1', false],
    ['172.31.255.255', false],
    ['192.0.0.8', false],
    ['192.0.2.1', false],
    ['192.168.0.1', false],
    ['198.18.0.1', false],
    ['198.51.100.1', false],
    ['203.0.113.1', false],
    ['224.0.0.1', false],
    ['239.255.255.250', false],
    ['240.0.0.1', false],
    ['255.255.255.255', false],
    ['::', false],
    ['::1', false],
    ['::127.0.0.1', false],
    ['::ffff:127.0.0.1', false],
    ['::ffff:8.8.8.8', false],
    ['::ffff:a9fe:a9fe', false],
    ['64:ff9b::a9fe:a9fe', false],
    ['64:ff9b:1::1', false],
    ['100::1', false],
    ['2001::1', false],
    ['2001:db8::1', false],
    ['2002:7f00:1::', false],
    ['3fff::1', false],
    ['fc00::1', false],
    ['fd12:3456::1', false],
    ['fe80::1', false],
    ['fe80::1%eth0', false],
    ['fec0::1', false],
    ['ff02::1', false],
    ['example.com', false],
    ['', false],
  ])('%s is public: %s', (address, isPublic) => {
    expect(isPublicAddress(address)).toBe(isPublic)
  })
})

describe('a name', () => {
  it('is taken if it has addresses and all of them are public', () => {
    const told: string[] = []
    const check = (...addresses: readonly string[]) =>
      assertPublic('a.example', addresses, (address) => told.push(address))
    expect(() => check('8.8.8.8', '2a00:1450:4001:81b::200e')).not.toThrow()
    expect(() => check()).toThrow(DeliveryProblem)
    expect(told).toEqual([])
    const named =
      'Use a server on the internet: "a.example" leads to an address of a private or special network.'
    expect(() => check('8.8.8.8', '10.0.0.1')).toThrow(named)
    expect(told).toEqual(['10.0.0.1'])
  })
})

describe('the address of an endpoint', () => {
  it.each([
    ['https://example.com/hooks?a=1', 'example.com', false],
    ['https://example.com:8443/', 'example.com', false],
    ['https://EXAMPLE.com.', 'example.com.', false],
    ['https://8.8.8.8/', '8.8.8.8', true],
    ['https://[2a00:1450:4001:81b::200e]:1024/', '2a00:1450:4001:81b::200e', true],
  ])('%s is taken', (text, host, isAddress) => {
    expect(readTarget(text, false)).toMatchObject({ host, isAddress })
  })

  it.each([
    'example.com',
    '/hooks',
    'http://example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://example.com/#part',
    'https://example.com:80/',
    'https://example.com:22/',
    'https://example.com:1023/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://169.254.169.254/latest/meta-data',
    `https://example.com/${'a'.repeat(2_000)}`,
  ])('%s is refused', (text) => {
    expect(() => readTarget(text, false)).toThrow(DeliveryProblem)
  })

  it('may be of one’s own network where that is allowed, but still has no password', () => {
    expect(readTarget('http://127.0.0.1:80/', true)).toMatchObject({ host: '127.0.0.1' })
    expect(() => readTarget('http://a:b@127.0.0.1:80/', true)).toThrow(DeliveryProblem)
    expect(() => readTarget('ftp://127.0.0.1/', true)).toThrow(DeliveryProblem)
  })
})
