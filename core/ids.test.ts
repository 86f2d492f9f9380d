import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  encodeBase32,
  generateId,
  getDeviceId,
  isDeviceId,
  isRegisterName,
  secureRandomBytes,
  type GeneratedIdKind,
} from './ids.ts'

describe('encodeBase32', () => {
  it.each([
    [[], ''],
    [[0], '00'],
    [[255], 'zw'],
    [[0, 0, 0, 0, 0], '00000000'],
    [[255, 255, 255, 255, 255], 'zzzzzzzz'],
    [[0x00, 0x44, 0x32, 0x14, 0xc7], '01234567'],
    [[0x66, 0x6f, 0x6f], 'csqpy'],
  ])('writes %j as "%s"', (bytes, expected) => {
    expect(encodeBase32(Uint8Array.from(bytes))).toBe(expected)
  })

  it('gives different texts for different bytes of one length', () => {
    const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(bytes, bytes, (left, right) => {
        expect(encodeBase32(left) === encodeBase32(right)).toBe(
          left.every((byte, index) => byte === right[index]),
        )
      }),
    )
  })
})

describe('generateId', () => {
  it.each<[GeneratedIdKind, string]>([
    ['manufacturer', 'man_00000000000000000000000000'],
    ['customer', 'cust_00000000000000000000000000'],
    ['contract', 'con_00000000000000000000000000'],
    ['assignment', 'asg_00000000000000000000000000'],
    ['tariff', 'tar_00000000000000000000000000'],
    ['invoice', 'inv_00000000000000000000000000'],
    ['api_key', 'key_00000000000000000000000000'],
  ])('prefixes the id of a %s and takes its bits from the source that was passed in', (kind, expected) => {
    expect(generateId(kind, (length) => new Uint8Array(length))).toBe(expected)
  })

  it('draws 128 bits and does not repeat', () => {
    expect(secureRandomBytes(16)).toHaveLength(16)
    const ids = Array.from({ length: 100 }, () => generateId('invoice', secureRandomBytes))
    expect(new Set(ids).size).toBe(100)
    for (const id of ids) expect(id).toMatch(/^inv_[0-9a-hjkmnp-tv-z]{26}$/)
  })
})

describe('device ids', () => {
  it.each(['a', '7', 'drill-07', 'SN.2026_11~x', 'a'.repeat(64)])('take "%s"', (text) => {
    expect(isDeviceId(text)).toBe(true)
    expect(getDeviceId(text)).toBe(text)
  })

  it.each([
    '',
    '-a',
    '.a',
    '_a',
    '~a',
    'a/b',
    '+',
    '#',
    'a+',
    'a#',
    '$SYS',
    'ä',
    'a b',
    'a\n',
    'a\u0000',
    'a'.repeat(65),
  ])('refuse "%s" with id_invalid', (text) => {
    expect(isDeviceId(text)).toBe(false)
    expect(() => getDeviceId(text)).toThrow(expect.objectContaining({ code: 'id_invalid' }))
  })
})

describe('register names', () => {
  it.each(['run_s', 'energy_wh', 'a', 'a1', 'constructor'])('take "%s"', (text) => {
    expect(isRegisterName(text)).toBe(true)
  })

  it.each(['', 'Run', '1a', '_a', 'a-b', 'a.b', 'ä', 'a\n', '__proto__', 'a'.repeat(65)])(
    'refuse "%s"',
    (text) => {
      expect(isRegisterName(text)).toBe(false)
    },
  )
})
