import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatScaled, Rational, type RoundingMode } from './rational.ts'

const whole = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
const positive = fc.bigInt({ min: 1n, max: 10n ** 20n })
const rational = fc.tuple(whole, positive).map(([top, bottom]) => Rational.of(top, bottom))
const modes: readonly RoundingMode[] = ['half_even', 'half_up', 'up', 'down']

function expectSame(left: Rational, right: Rational): void {
  expect([left.numerator, left.denominator]).toEqual([right.numerator, right.denominator])
}

describe('Rational, for any values', () => {
  it('adds and multiplies commutatively and associatively, and multiplication distributes over addition', () => {
    fc.assert(
      fc.property(rational, rational, rational, (a, b, c) => {
        expectSame(a.plus(b), b.plus(a))
        expectSame(a.times(b), b.times(a))
        expectSame(a.plus(b).plus(c), a.plus(b.plus(c)))
        expectSame(a.times(b).times(c), a.times(b.times(c)))
        expectSame(a.times(b.plus(c)), a.times(b).plus(a.times(c)))
      }),
    )
  })

  it('has zero and one as neutral elements and an inverse for each', () => {
    fc.assert(
      fc.property(rational, (a) => {
        expectSame(a.plus(Rational.zero), a)
        expectSame(a.times(Rational.of(1n)), a)
        expectSame(a.minus(a), Rational.zero)
        if (a.numerator !== 0n) expectSame(a.dividedBy(a), Rational.of(1n))
      }),
    )
  })

  it('undoes a sum by the difference and a product by the quotient', () => {
    fc.assert(
      fc.property(rational, rational, (a, b) => {
        expectSame(a.plus(b).minus(b), a)
        if (b.numerator !== 0n) expectSame(a.times(b).dividedBy(b), a)
      }),
    )
  })

  it('keeps every value reduced, so that equal values have equal members', () => {
    fc.assert(
      fc.property(whole, positive, positive, (top, bottom, factor) => {
        expectSame(Rational.of(top * factor, bottom * factor), Rational.of(top, bottom))
      }),
    )
  })

  it('orders as the sign of the difference does', () => {
    fc.assert(
      fc.property(rational, rational, (a, b) => {
        const difference = a.minus(b).numerator
        expect(a.compare(b)).toBe(difference < 0n ? -1 : difference > 0n ? 1 : 0)
        expect(b.compare(a) + a.compare(b)).toBe(0)
      }),
    )
  })

  it('rounds to a neighbour, never past it, and the same on both sides of zero', () => {
    fc.assert(
      fc.property(rational, fc.constantFrom(...modes), (a, mode) => {
        const rounded = Rational.of(a.round(mode))
        const distance = rounded.minus(a)
        expect(distance.compare(Rational.of(1n))).toBe(-1)
        expect(distance.compare(Rational.of(-1n))).toBe(1)
        expect(Rational.zero.minus(a).round(mode)).toBe(-a.round(mode))
      }),
    )
  })

  it('rounds half to even to the nearest whole number, and to the even one where two are equally near', () => {
    fc.assert(
      fc.property(rational, (a) => {
        const rounded = a.round('half_even')
        const doubledDistance = Rational.of(rounded).minus(a).times(Rational.of(2n))
        const isTie =
          doubledDistance.compare(Rational.of(1n)) === 0 || doubledDistance.compare(Rational.of(-1n)) === 0
        expect(doubledDistance.compare(Rational.of(1n))).toBeLessThanOrEqual(0)
        expect(doubledDistance.compare(Rational.of(-1n))).toBeGreaterThanOrEqual(0)
        if (isTie) expect(rounded % 2n).toBe(0n)
      }),
    )
    fc.assert(fc.property(whole, (n) => Rational.of(2n * n + 1n, 2n).round('half_even') % 2n === 0n))
  })

  it('reads back every decimal that it writes', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(10n ** 41n), max: 10n ** 41n }),
        fc.integer({ min: 0, max: 12 }),
        (scaled, decimals) => {
          const text = formatScaled(scaled, decimals)
          fc.pre(text.replace('-', '').split('.')[0]!.length <= 30)
          const value = Rational.parseDecimal(text)
          expectSame(value, Rational.of(scaled, 10n ** BigInt(decimals)))
          expectSame(Rational.parseDecimal(value.toString()), value)
        },
      ),
    )
  })
})
