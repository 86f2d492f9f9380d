import { describe, expect, it } from 'vitest'
import { aDeviceId, anEvent, rateOne } from '../rating-builders.ts'
import type { MatrixItem } from '../tariff-schema.ts'

const item: MatrixItem = {
  type: 'matrix',
  id: 'wash',
  description: 'Washes',
  event: 'wash',
  per: 1,
  unit: 'wash',
  labels: ['programme', 'temperature'],
  cells: [
    { labels: { programme: 'cotton', temperature: '90' }, price: '1.75' },
    { labels: { programme: 'cotton', temperature: '30' }, price: '0.60' },
    { labels: { programme: 'spin', temperature: '' }, price: '0' },
  ],
}
const modifiers: MatrixItem['modifiers'] = [
  { label: 'eco', value: 'yes', add: '-0.25' },
  { label: 'hour', value: 'night', percent: '-10' },
  { label: 'hour', value: 'peak', percent: '50' },
]

const wash = (id: string, labels: Record<string, string>, quantity = 1n) => anEvent({ id, labels, quantity })
const hot = { programme: 'cotton', temperature: '90' }
const cold = { programme: 'cotton', temperature: '30' }
const spin = { programme: 'spin', temperature: '' }

describe('a matrix by programme and temperature', () => {
  it.each([
    ['no wash', [], '0'],
    ['one hot wash', [hot], '1.75'],
    ['two cold ones', [cold, cold], '1.2'],
    ['a spin, which is free', [spin], '0'],
    ['some of each', [hot, cold, spin, cold], '2.95'],
  ])('prices %s', (_name, labels, amount) => {
    const events = labels.map((each, index) => wash(`wash-${index}`, each))
    expect(rateOne(item, { events })).toMatchObject({
      quantity: String(labels.length),
      unroundedAmount: amount,
      unitPrice: undefined,
    })
  })

  it.each([
    ['an amount off', { ...hot, eco: 'yes' }, '1.5'],
    ['a percentage off', { ...hot, hour: 'night' }, '1.575'],
    ['both in their order', { ...hot, eco: 'yes', hour: 'night' }, '1.35'],
    ['a percentage up', { ...cold, hour: 'peak' }, '0.9'],
    ['nothing for another value', { ...hot, eco: 'no' }, '1.75'],
    ['no less than nothing', { ...spin, eco: 'yes', hour: 'peak' }, '0'],
  ])('takes by modifiers %s', (_name, labels, amount) => {
    expect(rateOne({ ...item, modifiers }, { events: [wash('a', labels)] }).unroundedAmount).toBe(amount)
  })

  it('prices the sum of the quantities in units where it says so', () => {
    const events = [wash('a', hot, 3_000n), wash('b', hot, 500n)]
    expect(rateOne({ ...item, aggregation: 'sum', per: 1_000 }, { events })).toMatchObject({
      quantity: '3.5',
      unroundedAmount: '6.125',
    })
  })

  it('explains each cell that was used, a modified one apart', () => {
    const events = [wash('a', hot), wash('b', { ...hot, eco: 'yes' }), wash('c', hot)]
    expect(rateOne({ ...item, modifiers }, { events }).explanation.steps).toEqual([
      { kind: 'cell', labels: { ...hot, eco: 'yes' }, quantity: '1', price: '1.5', amount: '1.5' },
      { kind: 'cell', labels: hot, quantity: '2', price: '1.75', amount: '3.5' },
    ])
  })

  it.each([
    [
      'a combination without cell',
      { programme: 'wool', temperature: '30' },
      'Publish a tariff whose item "wash" has a cell for programme "wool", temperature "30": there is such an event and no price.',
    ],
    [
      'an event that lacks a label',
      { programme: 'cotton' },
      'Let device drill-1 send the label "temperature" with its events of type "wash": event a has none.',
    ],
  ])('refuses %s', (_name, labels, message) => {
    expect(() => rateOne(item, { events: [wash('a', labels)] })).toThrow(
      expect.objectContaining({ code: 'tariff_cell_missing', message }),
    )
  })

  it('says of a month without washes that nothing was counted', () => {
    expect(rateOne(item).sentence).toBe(
      'Washes: nothing was counted from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z, which is 0 wash; together 0.00 EUR.',
    )
  })

  it('takes no event of another device than those of its line', () => {
    const events = [wash('a', hot), { ...wash('a', cold), deviceId: aDeviceId('drill-2') }]
    expect(() => rateOne({ ...item, scope: 'device' }, { events })).toThrow(
      expect.objectContaining({ code: 'rating_input_invalid' }),
    )
  })
})
