/** What lines say of themselves where `docs/tariffs.md` has no example of it. */
import { describe, expect, it } from 'vitest'
import { rateFromJson } from './rate-from-json.ts'
import { parseExplanation } from './rating-json.ts'

const period = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' }
const aMonth = { period, timeZone: 'Etc/UTC', usage: [] }
const wash = {
  type: 'per_unit',
  id: 'wash',
  description: 'Washes',
  event: 'wash',
  price: '1.00',
  per: 1,
  unit: 'wash',
}

function aWash(deviceId: string, id: string, quantity: string, to = '2026-10-05T18:30:00Z') {
  return { deviceId, id, type: 'wash', from: '2026-10-05T18:00:00Z', to, quantity }
}

const devices = ['a', 'b'].map((deviceId) => ({ deviceId, ...period, site: 'north' }))
const events = [aWash('a', 'w-1', '5000'), aWash('b', 'w-2', '100'), aWash('b', 'w-3', '100')]

function sharesOf(item: object): readonly string[] {
  const { lines } = rateFromJson({ currency: 'EUR', items: [item] }, { ...aMonth, devices, events })
  return lines.flatMap(({ explanation }) => explanation.allocation.map(({ amountMinor }) => amountMinor))
}

describe('a line', () => {
  it('of events that did not happen says that nothing was used', () => {
    const { lines } = rateFromJson({ currency: 'EUR', items: [wash] }, aMonth)
    expect(lines.map(({ sentence }) => sentence)).toEqual([
      'Washes: nothing was used from 2026-10-01T00:00:00Z to 2026-11-01T00:00:00Z, which is 0 wash; at 1.00 EUR per wash that is 0.00 EUR.',
    ])
  })

  it('of a prorated fee says the days, the exact amount and its rounding', () => {
    const item = { type: 'flat', id: 'base', description: 'Base fee', price: '4.90', proration: 'day' }
    const offsets = [{ from: period.from, offsetMs: 0 }]
    const first = { from: '2026-10-18T00:00:00Z', to: period.to }
    const usage = { ...aMonth, offsets, period: first, wholePeriod: period }
    const { lines } = rateFromJson({ currency: 'EUR', items: [item] }, usage)
    expect(lines.map(({ sentence }) => sentence)).toEqual([
      'Base fee: 14 of 31 days of 4.90 EUR are 343/155 EUR, rounded half to even to 2.21 EUR, from 2026-10-18T00:00:00Z to 2026-11-01T00:00:00Z.',
    ])
  })

  it('of a pool shares out by how many events there were if they are counted', () => {
    expect(sharesOf({ ...wash, scope: 'site' })).toEqual(['100', '200'])
  })

  it('of a pool shares out by the quantities of events if they are added up', () => {
    expect(sharesOf({ ...wash, scope: 'site', aggregation: 'sum', per: 52 })).toEqual(['9615', '385'])
  })

  it('of a pool shares out by how long sessions lasted', () => {
    const session = {
      type: 'session',
      id: 'use',
      description: 'Use',
      event: 'wash',
      price: '1.00',
      increment: 60,
    }
    expect(sharesOf({ ...session, scope: 'site' })).toEqual(['3000', '6000'])
  })

  it('shows free units as a step that can be read back', () => {
    const discounts = [{ description: 'Two washes free', firstUnits: '2' }]
    const { lines } = rateFromJson(
      { currency: 'EUR', items: [{ ...wash, discounts }] },
      { ...aMonth, events },
    )
    const steps = lines.flatMap(({ explanation }) => parseExplanation(explanation).steps)
    expect(steps).toEqual([
      { kind: 'free_units', description: 'Two washes free', used: '2', amount: '0' },
      { kind: 'units', quantity: '1', price: '1.00', block: null, amount: '1' },
    ])
  })
})

describe('the lines of a whole contract', () => {
  it('end at the maximum to the cent, however the discounts before it were rounded', () => {
    // 10 % of 29.55 are 2.955, to even 2.96; 26.59 are left, 1.59 above the maximum.
    const items = [{ type: 'flat', id: 'base', description: 'Base fee', price: '29.55' }]
    const discounts = [{ description: 'Loyalty', percent: '10' }]
    const { lines } = rateFromJson({ currency: 'EUR', discounts, maximum: '25.00', items }, aMonth)
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual(['2955', '-296', '-159'])
  })

  it('round each discount by itself and take the next off what is left', () => {
    // 10 % of 0.25 are 0.025, to even 0.02; 50 % of 0.23 are 0.115, to even 0.12.
    const items = [{ type: 'flat', id: 'base', description: 'Base fee', price: '0.25' }]
    const discounts = [
      { description: 'Loyalty', percent: '10' },
      { description: 'Half', percent: '50' },
    ]
    const { lines } = rateFromJson({ currency: 'EUR', discounts, items }, aMonth)
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual(['25', '-2', '-12'])
  })
})
