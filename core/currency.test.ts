import { describe, expect, it } from 'vitest'
import { getCurrency, listCurrencies } from './currency.ts'

describe('getCurrency', () => {
  it.each([
    ['EUR', 2, 1n],
    ['USD', 2, 1n],
    ['HUF', 2, 1n],
    ['JPY', 0, 1n],
    ['KRW', 0, 1n],
    ['CLP', 0, 1n],
    ['KWD', 3, 10n],
    ['TND', 3, 10n],
    ['ISK', 2, 100n],
    ['UGX', 2, 100n],
  ])('gives %s %s decimals and a settlement step of %s', (code, minorDigits, settlementStep) => {
    expect(getCurrency(code)).toEqual({ code, minorDigits, settlementStep })
  })

  it.each([
    '',
    'eur',
    'EURO',
    'EU',
    'XXX',
    'XAU',
    'ABC',
    ' EUR',
    '__proto__',
    'constructor',
    978,
    10n,
    null,
    undefined,
    ['EUR'],
    {},
  ])('refuses %s with currency_unsupported', (code) => {
    expect(() => getCurrency(code)).toThrow(
      expect.objectContaining({ code: 'currency_unsupported', kind: 'validation' }),
    )
  })
})

describe('listCurrencies', () => {
  it('lists every code once, with decimals and a step that fit each other', () => {
    const currencies = listCurrencies()
    expect(new Set(currencies.map(({ code }) => code)).size).toBe(currencies.length)
    expect(currencies.length).toBeGreaterThan(100)
    for (const currency of currencies) {
      expect(currency.code).toMatch(/^[A-Z]{3}$/)
      expect([0, 2, 3]).toContain(currency.minorDigits)
      expect(currency.settlementStep).toBe(
        currency.minorDigits === 3 ? 10n : ['ISK', 'UGX'].includes(currency.code) ? 100n : 1n,
      )
    }
  })

  it('holds only codes that ISO 4217 knows', () => {
    const known = new Set(Intl.supportedValuesOf('currency'))
    expect(listCurrencies().filter(({ code }) => !known.has(code))).toEqual([])
  })

  it('cannot be changed by who reads it', () => {
    expect(Object.isFrozen(getCurrency('EUR'))).toBe(true)
  })
})
