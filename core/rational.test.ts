import { describe, expect, it } from 'vitest'
import { AppError, InvariantError } from './errors.ts'
import { formatScaled, Rational, type RoundingMode } from './rational.ts'

describe('Rational', () => {
  it.each([
    [6n, 4n, 3n, 2n],
    [-6n, 4n, -3n, 2n],
    [6n, -4n, -3n, 2n],
    [-6n, -4n, 3n, 2n],
    [0n, -7n, 0n, 1n],
    [5n, 1n, 5n, 1n],
  ])('reduces %s/%s to %s/%s with a positive denominator', (numerator, denominator, top, bottom) => {
    const value = Rational.of(numerator, denominator)
    expect([value.numerator, value.denominator]).toEqual([top, bottom])
  })

  it('refuses a zero denominator and a division by zero as broken invariants', () => {
    expect(() => Rational.of(1n, 0n)).toThrow(InvariantError)
    expect(() => Rational.of(1n).dividedBy(Rational.zero)).toThrow(InvariantError)
  })

  it('computes 0.07 per 3,600 s times 1,000 s without losing anything', () => {
    const perSecond = Rational.parseDecimal('0.07').dividedBy(Rational.of(3_600n))
    expect(perSecond.times(Rational.of(1_000n)).toString()).toBe('7/360')
    expect(perSecond.times(Rational.of(3_600n)).toString()).toBe('0.07')
  })

  it('adds 0.1 and 0.2 to exactly 0.3', () => {
    expect(Rational.parseDecimal('0.1').plus(Rational.parseDecimal('0.2')).toString()).toBe('0.3')
  })

  it.each([
    ['1', '2', -1],
    ['2', '1', 1],
    ['0.5', '0.50', 0],
    ['-1', '-2', 1],
    ['-0.1', '0', -1],
  ])('compares %s with %s as %s', (left, right, expected) => {
    expect(Rational.parseDecimal(left).compare(Rational.parseDecimal(right))).toBe(expected)
  })
})

describe('Rational.round', () => {
  const table: readonly [string, Readonly<Record<RoundingMode, bigint>>][] = [
    ['2.5', { half_even: 2n, half_up: 3n, up: 3n, down: 2n }],
    ['3.5', { half_even: 4n, half_up: 4n, up: 4n, down: 3n }],
    ['0.5', { half_even: 0n, half_up: 1n, up: 1n, down: 0n }],
    ['1.5', { half_even: 2n, half_up: 2n, up: 2n, down: 1n }],
    ['2.4', { half_even: 2n, half_up: 2n, up: 3n, down: 2n }],
    ['2.500000000001', { half_even: 3n, half_up: 3n, up: 3n, down: 2n }],
    ['2.499999999999', { half_even: 2n, half_up: 2n, up: 3n, down: 2n }],
    ['-0.5', { half_even: 0n, half_up: -1n, up: -1n, down: 0n }],
    ['-2.5', { half_even: -2n, half_up: -3n, up: -3n, down: -2n }],
    ['-3.5', { half_even: -4n, half_up: -4n, up: -4n, down: -3n }],
    ['-2.4', { half_even: -2n, half_up: -2n, up: -3n, down: -2n }],
    ['7', { half_even: 7n, half_up: 7n, up: 7n, down: 7n }],
    ['-7', { half_even: -7n, half_up: -7n, up: -7n, down: -7n }],
    ['0', { half_even: 0n, half_up: 0n, up: 0n, down: 0n }],
  ]
  const rows = table.flatMap(([text, expected]) =>
    (Object.keys(expected) as RoundingMode[]).map((mode) => [text, mode, expected[mode]] as const),
  )

  it.each(rows)('rounds %s by %s to %s', (text, mode, expected) => {
    expect(Rational.parseDecimal(text).round(mode)).toBe(expected)
  })

  it('sees no tie in thirds, which have no finite decimal', () => {
    expect(Rational.of(5n, 3n).round('half_even')).toBe(2n)
    expect(Rational.of(4n, 3n).round('half_even')).toBe(1n)
    expect(Rational.of(-4n, 3n).round('half_even')).toBe(-1n)
  })
})

describe('Rational.parseDecimal', () => {
  it.each([
    ['0', 0n, 1n],
    ['-0', 0n, 1n],
    ['0.12', 3n, 25n],
    ['-4', -4n, 1n],
    ['10.50', 21n, 2n],
    ['0.000000000001', 1n, 1_000_000_000_000n],
    ['999999999999999999999999999999', 999999999999999999999999999999n, 1n],
  ])('reads %s as %s/%s', (text, numerator, denominator) => {
    const value = Rational.parseDecimal(text)
    expect([value.numerator, value.denominator]).toEqual([numerator, denominator])
  })

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '01',
    '00.5',
    '.5',
    '5.',
    '1,5',
    '1e3',
    '1E3',
    '0x10',
    'NaN',
    'Infinity',
    '--1',
    '1.2.3',
    '1_000',
    '١',
    '1\n',
    '0.1234567890123',
    '1000000000000000000000000000000',
    12,
    0.12,
    12n,
    null,
    undefined,
    ['1'],
    {},
  ])('refuses %s with decimal_invalid', (text) => {
    expect(() => Rational.parseDecimal(text)).toThrow(
      expect.objectContaining({ code: 'decimal_invalid', kind: 'validation' }),
    )
  })

  it('takes the permitted number of decimals as a parameter', () => {
    expect(Rational.parseDecimal('0.125', 3).toString()).toBe('0.125')
    expect(() => Rational.parseDecimal('0.125', 2)).toThrow(AppError)
    expect(() => Rational.parseDecimal('1.0', 0)).toThrow(AppError)
  })

  it('keeps a very long number out of the error sentence', () => {
    let length = 0
    try {
      Rational.parseDecimal(`0.${'1'.repeat(100_000)}`)
    } catch (error) {
      length = (error as AppError).message.length
    }
    expect(length).toBeGreaterThan(20)
    expect(length).toBeLessThan(200)
  })
})

describe('Rational.toString', () => {
  it.each([
    [1n, 4n, '0.25'],
    [-1n, 8n, '-0.125'],
    [1n, 3n, '1/3'],
    [-22n, 7n, '-22/7'],
    [1n, 6n, '1/6'],
    [3n, 1n, '3'],
    [100n, 1n, '100'],
    [1n, 1_000n, '0.001'],
    [-5n, 1_000n, '-0.005'],
    [1n, 1n << 20n, '0.00000095367431640625'],
  ])('writes %s/%s as %s', (numerator, denominator, expected) => {
    expect(Rational.of(numerator, denominator).toString()).toBe(expected)
    expect(JSON.stringify({ price: Rational.of(numerator, denominator) })).toBe(`{"price":"${expected}"}`)
  })
})

describe('formatScaled', () => {
  it.each([
    [490n, 2, '4.90'],
    [5n, 2, '0.05'],
    [-5n, 2, '-0.05'],
    [0n, 2, '0.00'],
    [-1234n, 3, '-1.234'],
    [7n, 0, '7'],
    [-7n, 0, '-7'],
  ])('writes %s with %s decimals as %s', (scaled, decimals, expected) => {
    expect(formatScaled(scaled, decimals)).toBe(expected)
  })
})
