import { describe, expect, it } from 'vitest'

import { formatAmount, formatNumber, formatQuantity, placeDecimals } from './exact-number.ts'

describe('formatAmount', () => {
  it.each([
    ['4.90', 'EUR', 'en-GB', '€4.90'],
    ['-0.05', 'EUR', 'en-GB', '-€0.05'],
    ['90071992547409.93', 'EUR', 'en-GB', '€90,071,992,547,409.93'],
    ['90071992547409.93', 'EUR', 'de-DE', '90.071.992.547.409,93\u00a0€'],
    ['0.000000000012', 'EUR', 'en-GB', '€0.000000000012'],
    ['3000', 'JPY', 'en-GB', 'JP¥3,000'],
    ['1.230', 'KWD', 'en-GB', 'KWD\u00a01.230'],
    ['150.00', 'ISK', 'en-GB', 'ISK\u00a0150.00'],
  ])('shows %s %s in %s as %s, no digit lost and none made up', (amount, currency, locale, text) => {
    expect(formatAmount(amount, currency, locale)).toBe(text)
  })
})

describe('formatNumber', () => {
  it.each([
    ['9007199254740993', '9,007,199,254,740,993'],
    ['1234.50', '1,234.50'],
    ['1/3', '≈\u00a00.3333'],
    ['-2/3', '≈\u00a0-0.6667'],
    ['1/20000', '0.00005'],
    ['692060/6', '≈\u00a0115,343.3333'],
    ['8304720/6000', '1,384.12'],
    ['120/60', '2'],
    ['1/20001', '≈\u00a00.0000'],
    ['59999/60', '≈\u00a0999.9833'],
    ['27021597764222979000001/3000000', '≈\u00a09,007,199,254,740,993.0000'],
  ])('shows %s as %s', (text, shown) => {
    expect(formatNumber(text, 'en-GB')).toBe(shown)
  })
})

describe('placeDecimals', () => {
  it.each([
    [490n, 2, '4.90'],
    [-5n, 2, '-0.05'],
    [3000n, 0, '3000'],
    [0n, 3, '0.000'],
  ])('writes %s with %s decimals as %s', (minor, digits, text) => {
    expect(placeDecimals(minor, digits)).toBe(text)
  })
})

describe('formatQuantity', () => {
  const kilowattHours = { unit: 'Wh', display: { unit: 'kWh', factor: '1000' } }
  it.each([
    ['0', { unit: 's' }, 'en-GB', '0 min'],
    ['59', { unit: 's' }, 'en-GB', '59 s'],
    ['3600', { unit: 's' }, 'en-GB', '1 h'],
    ['4449605', { unit: 's' }, 'de-DE', '1.236 h 5 s'],
    ['-61', { unit: 's' }, 'en-GB', '−1 min 1 s'],
    ['12345', kilowattHours, 'en-GB', '12.345 kWh'],
    ['1', kilowattHours, 'de-DE', '0,001 kWh'],
    ['7', { unit: 'l', display: { unit: 'barrel', factor: '159' } }, 'en-GB', '≈ 0.0440 barrel'],
    ['7', { unit: 'cycles', display: null }, 'en-GB', '7 cycles'],
  ])('shows %s of %j in %s as %s', (quantity, register, locale, text) => {
    expect(formatQuantity(quantity, register, locale).replaceAll('\u00a0', ' ')).toBe(text)
  })
})
