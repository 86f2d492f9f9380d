import { describe, expect, it } from 'vitest'

import { readTariffDocument } from './read-tariff-document.ts'

const flat = { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' }
const perUnit = {
  type: 'per_unit',
  id: 'run',
  description: 'Run time',
  price: '0.12',
  register: 'run_s',
  per: 60,
  unit: 'min',
}

describe('readTariffDocument', () => {
  it('reads both kinds of prices and spells the usual rounding out', () => {
    expect(readTariffDocument({ currency: 'EUR', items: [flat, perUnit] })).toEqual({
      currency: 'EUR',
      rounding: 'half_even',
      items: [flat, perUnit],
    })
  })

  it.each([
    null,
    [],
    'EUR',
    { items: [flat] },
    { currency: 'EUR' },
    { currency: 'EUR', rounding: 'away', items: [] },
    { currency: 'EUR', items: [flat], minimum: '10' },
    { currency: 'EUR', items: [flat, { ...perUnit, type: 'tiered', tiers: [] }] },
    { currency: 'EUR', items: [{ ...flat, price: 4.9 }] },
    { currency: 'EUR', items: [{ ...flat, from: '2027-01-01' }] },
    { currency: 'EUR', items: [{ ...perUnit, per: '60' }] },
    { currency: 'EUR', items: [null] },
  ])('shows nothing of %j, of which it does not know all', (document) => {
    expect(readTariffDocument(document)).toBe(undefined)
  })
})
