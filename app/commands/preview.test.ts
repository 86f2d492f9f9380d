import { describe, expect, it } from 'vitest'
import { describePreview } from './preview.ts'

const compared = { amount: '9.90', inForce: '4.90', difference: '5.00' }
const preview = {
  period: { from: '2026-09-30T22:00:00.000Z', to: '2026-10-31T23:00:00.000Z' },
  cutoffAt: '2026-10-31T23:00:00.000Z',
  currency: 'EUR',
  lines: [
    { itemId: 'base', quantity: '1', unit: 'period', amount: '9.90', sentence: 'Base fee: 9.90 EUR.' },
    { itemId: 'run', quantity: '205.75', unit: 'min', amount: '20.58', sentence: 'Run time: 20.58 EUR.' },
  ],
  difference: {
    amount: '30.48',
    inForce: '29.59',
    difference: '0.89',
    items: [{ itemId: 'base', ...compared }],
  },
  notCompared: null,
  held: [{ deviceId: 'drill-1', register: 'run_s', code: 'hand_over_unclear' }],
}

describe('usance preview', () => {
  it('prints a table, the sentences, and the difference where another tariff was asked for', () => {
    expect(describePreview(preview, true))
      .toBe(`From 2026-09-30T22:00:00.000Z to 2026-10-31T23:00:00.000Z, usage before 2026-10-31T23:00:00.000Z, in EUR

item     quantity  amount
base     1 period    9.90
run    205.75 min   20.58
total               30.48

Base fee: 9.90 EUR.
Run time: 20.58 EUR.

item   this tariff  in force  difference
base          9.90      4.90        5.00
total        30.48     29.59        0.89

In no line yet: run_s of device drill-1 (hand_over_unclear)
`)
  })

  it('prints no difference where there is none to be had', () => {
    expect(describePreview({ ...preview, held: [] }, false)).not.toContain('in force')
    const notCompared = { code: 'currency_mismatch', detail: 'Compare by hand.' }
    expect(describePreview({ ...preview, difference: null, notCompared }, true)).toContain(
      'Not compared with the tariff in force: Compare by hand. (currency_mismatch)',
    )
  })
})
