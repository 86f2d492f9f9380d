import { describe, expect, it } from 'vitest'
import { AppError } from '../../core/index.ts'
import { rateFromJson } from './rate-from-json.ts'

const tariff = {
  currency: 'EUR',
  items: [
    { type: 'flat', id: 'base', description: 'Base fee', price: '4.90' },
    {
      type: 'per_unit',
      id: 'run',
      description: 'Run time',
      register: 'run_s',
      price: '0.12',
      per: 60,
      unit: 'min',
    },
  ],
}

const period = { from: '2026-09-30T22:00:00.000Z', to: '2026-10-31T23:00:00.000Z' }
const record = {
  deviceId: 'drill-1',
  register: 'run_s',
  unit: 's',
  ...period,
  quantity: '12345',
  start: { at: period.from, value: '1000' },
  end: {
    at: period.to,
    value: '13345',
    before: { at: '2026-10-31T22:50:00.000Z', value: '13345', epoch: 1, seq: 9 },
  },
}
const usage = { period, timeZone: 'Europe/Berlin', usage: [record] }

function issuesOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    if (error instanceof AppError) return [error.code, ...error.issues.map((issue) => issue.pointer)]
    throw error
  }
}

describe('rateFromJson', () => {
  it('rates a bare tariff document over the whole period', () => {
    const { lines, closing } = rateFromJson(tariff, usage)
    expect(closing).toEqual({})
    expect(lines.map((line) => [line.itemId, line.amountMinor])).toEqual([
      ['base', '490'],
      ['run', '2469'],
    ])
    expect(lines[1]).toEqual({
      itemId: 'run',
      description: 'Run time',
      quantity: '205.75',
      unit: 'min',
      unitPrice: '0.12',
      currency: 'EUR',
      taxCategory: 'standard',
      unroundedAmount: '24.69',
      amountMinor: '2469',
      explanation: {
        tariffVersionId: 'unpublished',
        period,
        rounding: 'half_even',
        member: { kind: 'contract' },
        steps: [{ kind: 'units', quantity: '205.75', price: '0.12', block: null, amount: '24.69' }],
        peaks: [],
        events: [],
        allocation: [],
        usage: [
          {
            ...record,
            start: { ...record.start, before: null, after: null, isEstimated: false },
            end: { ...record.end, after: null, isEstimated: false },
          },
        ],
      },
      sentence:
        'Run time: run_s of device drill-1 advanced by 12345 s from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z, which is 205.75 min; at 0.12 EUR per min that is 24.69 EUR.',
    })
  })

  it.each([
    ['a missing usage document', undefined, ['rating_input_invalid', '']],
    ['no usage member', { period, timeZone: 'UTC' }, ['rating_input_invalid', '/usage']],
    [
      'a quantity as a number',
      { ...usage, usage: [{ ...record, quantity: 12345 }] },
      ['rating_input_invalid', '/usage/0/quantity'],
    ],
    [
      'an instant without offset',
      { ...usage, period: { ...period, from: '2026-10-01T00:00:00' } },
      ['rating_input_invalid', '/period/from'],
    ],
    [
      'an unknown member',
      { ...usage, usage: [{ ...record, note: '' }] },
      ['rating_input_invalid', '/usage/0/note'],
    ],
    [
      'carried state that does not exist yet',
      { ...usage, opening: { wallet: '1' } },
      ['rating_input_invalid', '/opening/wallet'],
    ],
    [
      'a register that is none',
      { ...usage, usage: [{ ...record, register: 'Run' }] },
      ['rating_input_invalid', '/usage/0/register'],
    ],
  ])('refuses %s with a pointer', (_name, usageJson, expected) => {
    expect(issuesOf(() => rateFromJson(tariff, usageJson))).toEqual(expected)
  })

  it('points into the documents of versions', () => {
    const versions = [{ id: 'a', ...period, document: { items: tariff.items } }]
    expect(issuesOf(() => rateFromJson({ versions }, usage))).toEqual([
      'tariff_invalid',
      '/versions/0/document/currency',
    ])
  })

  it('refuses a missing tariff', () => {
    expect(issuesOf(() => rateFromJson(undefined, usage))).toEqual(['tariff_invalid', ''])
  })
})
