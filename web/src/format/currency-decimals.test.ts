import { describe, expect, it } from 'vitest'

import { listCurrencies } from '../../../core/index.ts'
import { majorToMinor, minorToMajor } from './currency-decimals.ts'

describe('majorToMinor', () => {
  it.each([
    ['12.50', 'EUR', '1250'],
    ['12,5', 'EUR', '1250'],
    [' 3 ', 'EUR', '300'],
    ['-0.07', 'EUR', '-7'],
    ['\u22125', 'EUR', '-500'],
    ['300', 'JPY', '300'],
    ['1.234', 'KWD', '1234'],
    ['2', 'ISK', '200'],
    ['175', 'HUF', '17500'],
    ['3.50', 'COP', '350'],
  ])('reads %s %s as %s', (text, currency, minor) => {
    expect(majorToMinor(text, currency)).toBe(minor)
  })

  it.each([
    ['', 'EUR'],
    ['0', 'EUR'],
    ['1.234', 'EUR'],
    ['1.234,50', 'EUR'],
    ['1.5', 'JPY'],
    ['five', 'EUR'],
    ['1e3', 'EUR'],
    ['--1', 'EUR'],
  ])('takes %j %s for no amount', (text, currency) => {
    expect(majorToMinor(text, currency)).toBeUndefined()
  })
})

describe('minorToMajor', () => {
  it('gives every currency the decimals that it is settled with', () => {
    const decimalsOf = (amount: string) => amount.split('.')[1]?.length ?? 0
    const shown = listCurrencies().map(({ code }) => [code, decimalsOf(minorToMajor('1234567', code))])
    expect(shown).toEqual(listCurrencies().map(({ code, minorDigits }) => [code, minorDigits]))
  })

  it('has the decimals that an amount is settled with, whatever browsers write it with', () => {
    const shown = ['EUR', 'JPY', 'KWD', 'ISK', 'HUF', 'IDR'].map((code) => minorToMajor('17500', code))
    expect(shown).toEqual(['175.00', '17500', '17.500', '175.00', '175.00', '175.00'])
  })
})
