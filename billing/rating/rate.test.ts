import { describe, expect, it } from 'vitest'
import { getInstant } from '../../core/index.ts'
import { sayLine } from './line-sentence.ts'
import { rate } from './rate.ts'
import {
  aDeviceId,
  aFlatItem,
  anInput,
  aPerUnitItem,
  aTariff,
  aUsage,
  aVersion,
  october,
} from './rating-builders.ts'

const secondHalf = getInstant('2026-10-16T00:00:00+02:00')

function onlyLine(document: ReturnType<typeof aTariff>, quantity = 0n) {
  const { lines } = rate(anInput({ versions: [aVersion({ document })], usage: [aUsage(quantity)] }))
  expect(lines).toHaveLength(1)
  return lines[0]
}

describe('rate', () => {
  it('charges 4.90 EUR a month and 0.12 EUR a minute for 12,345 s of run time: 29.59 EUR', () => {
    const { lines } = rate(anInput({ usage: [aUsage(12_345n)] }))
    expect(
      lines.map(({ itemId, quantity, unit, unitPrice, unroundedAmount, amountMinor }) => ({
        itemId,
        quantity,
        unit,
        unitPrice,
        unroundedAmount,
        amountMinor,
      })),
    ).toEqual([
      {
        itemId: 'base',
        quantity: '1',
        unit: 'period',
        unitPrice: '4.90',
        unroundedAmount: '4.9',
        amountMinor: 490n,
      },
      {
        itemId: 'run',
        quantity: '205.75',
        unit: 'min',
        unitPrice: '0.12',
        unroundedAmount: '24.69',
        amountMinor: 2469n,
      },
    ])
  })

  it.each([
    // currency, price, per, quantity, unrounded amount in major units, amount in minor units
    ['EUR', '0.12', 60, 12_345n, '24.69', 2469n],
    ['EUR', '0.005', 1, 1n, '0.005', 0n],
    ['EUR', '0.005', 1, 3n, '0.015', 2n],
    ['EUR', '0.005', 1, 5n, '0.025', 2n],
    ['EUR', '0.0050000001', 1, 1n, '0.0050000001', 1n],
    ['EUR', '0.07', 3600, 1000n, '7/360', 2n],
    ['EUR', '1', 3, 1n, '1/3', 33n],
    ['EUR', '0.000000000001', 1, 9_007_199_254_740_991n, '9007.199254740991', 900720n],
    ['JPY', '18', 60, 12_345n, '3703.5', 3704n],
    ['JPY', '1', 2, 1n, '0.5', 0n],
    ['JPY', '1', 2, 3n, '1.5', 2n],
    ['KWD', '0.012', 60, 12_345n, '2.469', 2470n],
    ['KWD', '0.005', 1, 1n, '0.005', 0n],
    ['KWD', '0.005', 1, 3n, '0.015', 20n],
    ['ISK', '1', 1, 1n, '1', 100n],
    ['ISK', '0.5', 1, 3n, '1.5', 200n],
    ['EUR', '0.12', 60, 0n, '0', 0n],
    ['EUR', '0', 60, 12_345n, '0', 0n],
  ])(
    '%s %s per %i base units times %i is exactly %s and rounds half to even to %i minor units',
    (currency, price, per, quantity, unroundedAmount, amountMinor) => {
      const line = onlyLine(aTariff({ currency, items: [aPerUnitItem({ price, per })] }), quantity)
      expect(line?.unroundedAmount).toBe(unroundedAmount)
      expect(line?.amountMinor).toBe(amountMinor)
      expect(line?.currency).toBe(currency)
    },
  )

  it.each([
    ['half_even', 2n],
    ['half_up', 3n],
    ['up', 3n],
    ['down', 2n],
  ] as const)('rounds 0.025 EUR by the rule %s of the tariff to %i cents', (rounding, amountMinor) => {
    const line = onlyLine(aTariff({ rounding, items: [aPerUnitItem({ price: '0.005', per: 1 })] }), 5n)
    expect(line?.amountMinor).toBe(amountMinor)
  })

  it('rounds once per line, not per device', () => {
    const usage = ['a', 'b', 'c'].map((name) => aUsage(1n, { deviceId: aDeviceId(name) }))
    const document = aTariff({ items: [aPerUnitItem({ price: '0.005', per: 1 })] })
    const { lines } = rate(anInput({ versions: [aVersion({ document })], usage }))
    expect(lines.map((line) => [line.unroundedAmount, line.amountMinor])).toEqual([['0.015', 2n]])
  })

  it('charges the flat item by the version at the start of the period and usage by version', () => {
    const versions = [
      aVersion({ id: 'old', to: secondHalf }),
      aVersion({
        id: 'new',
        from: secondHalf,
        document: aTariff({ items: [aFlatItem({ price: '9.90' }), aPerUnitItem({ price: '0.18' })] }),
      }),
    ]
    const usage = [aUsage(600n, { to: secondHalf }), aUsage(1_200n, { from: secondHalf, startValue: 1_600n })]
    const { lines } = rate(anInput({ versions, usage }))
    expect(
      lines.map((line) => [line.itemId, line.explanation.tariffVersionId, line.quantity, line.amountMinor]),
    ).toEqual([
      ['base', 'old', '1', 490n],
      ['run', 'old', '10', 120n],
      ['run', 'new', '20', 360n],
    ])
  })

  it('leaves out a version that begins after the cutoff', () => {
    const versions = [aVersion({ id: 'old', to: secondHalf }), aVersion({ id: 'new', from: secondHalf })]
    const { lines } = rate(anInput({ versions, cutoffAt: secondHalf }))
    expect(lines.map((line) => [line.itemId, line.explanation.tariffVersionId])).toEqual([
      ['base', 'old'],
      ['run', 'old'],
    ])
  })

  it('charges the flat fee in a month without usage', () => {
    const { lines } = rate(anInput())
    expect(lines.map((line) => [line.itemId, line.quantity, line.amountMinor])).toEqual([
      ['base', '1', 490n],
      ['run', '0', 0n],
    ])
  })

  it('makes no line of a register that the tariff does not price', () => {
    const { lines } = rate(anInput({ usage: [aUsage(5_000n, { register: 'energy_wh', unit: 'Wh' })] }))
    expect(lines.map((line) => [line.itemId, line.amountMinor])).toEqual([
      ['base', 490n],
      ['run', 0n],
    ])
  })

  it('explains a line as data: both readings at each border, quantity, price and unrounded amount', () => {
    const usage = aUsage(12_345n, { startValue: 36_000n })
    const { lines } = rate(anInput({ usage: [usage] }))
    expect(lines[1]?.explanation).toEqual({
      tariffVersionId: 'version-1',
      period: october,
      rounding: 'half_even',
      member: { kind: 'contract' },
      steps: [{ kind: 'units', quantity: '205.75', price: '0.12', block: null, amount: '24.69' }],
      usage: [usage],
      peaks: [],
      events: [],
      allocation: [],
    })
    expect(lines[1]).toMatchObject({ quantity: '205.75', unitPrice: '0.12', unroundedAmount: '24.69' })
  })

  it('explains a line in one sentence', () => {
    const { lines } = rate(anInput({ usage: [aUsage(12_345n)] }))
    expect(lines.map((line) => line.sentence)).toEqual([
      'Base fee: 4.90 EUR, once for the period from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z.',
      'Run time: run_s of device drill-1 advanced by 12345 s from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z, which is 205.75 min; at 0.12 EUR per min that is 24.69 EUR.',
    ])
  })

  it('says in the sentence that nothing was used where no event came', () => {
    const item = {
      type: 'matrix' as const,
      id: 'wash',
      description: 'Wash',
      event: 'wash',
      per: 1,
      unit: 'wash',
      labels: ['programme'],
      cells: [{ labels: { programme: 'eco' }, price: '2.50' }],
    }
    const { lines } = rate(anInput({ versions: [aVersion({ document: aTariff({ items: [item] }) })] }))
    expect(lines.map((line) => [line.sentence, sayLine(line, 'de')])).toEqual([
      [
        'Wash: nothing was counted from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z, which is 0 wash; together 0.00 EUR.',
        'Wash: von 2026-09-30T22:00:00Z bis 2026-10-31T23:00:00Z wurde nichts gezählt, das sind 0 wash; zusammen 0,00 EUR.',
      ],
    ])
  })

  it('says in the sentence what was rounded and how', () => {
    const line = onlyLine(aTariff({ items: [aPerUnitItem({ price: '0.07', per: 3600, unit: 'h' })] }), 1000n)
    expect(line?.sentence).toContain(
      'which is 5/18 h; at 0.07 EUR per h that is 7/360 EUR, rounded half to even to 0.02 EUR.',
    )
  })

  it('says in the sentence that a value is estimated', () => {
    const usage = aUsage(60n)
    const estimated = { ...usage, end: { ...usage.end, before: undefined, isEstimated: true } }
    const { lines } = rate(anInput({ usage: [estimated] }))
    expect(lines[1]?.sentence).toMatch(/1 of its 1 usage record rests on an estimated register value\.$/)
  })

  it('does not call a value estimated that was read at the border itself', () => {
    const usage = aUsage(60n)
    const { lines } = rate(anInput({ usage: [{ ...usage, start: { ...usage.start, isEstimated: true } }] }))
    expect(lines[1]?.sentence).toMatch(/that is 0\.12 EUR\.$/)
  })

  it('does not care about the order of the usage records', () => {
    const usage = ['c', 'a', 'b'].map((name) => aUsage(100n, { deviceId: aDeviceId(name) }))
    expect(rate(anInput({ usage }))).toEqual(rate(anInput({ usage: usage.toReversed() })))
  })
})

describe('I8 Missing data never reads as zero money: no tariff, no price or no currency stops the invoice', () => {
  const usage = [aUsage(60n)]

  it.each([
    ['no version at all', []],
    ['no version at the start of the period', [aVersion({ from: secondHalf })]],
    ['no version at the end of the period', [aVersion({ to: secondHalf })]],
    ['a gap between two versions', [aVersion({ to: secondHalf }), aVersion({ from: secondHalf + 1 })]],
  ])('refuses %s', (_name, versions) => {
    expect(() => rate(anInput({ versions, usage }))).toThrow(
      expect.objectContaining({ code: 'tariff_not_in_force' }),
    )
  })

  it('refuses a tariff whose currency is missing', () => {
    const { currency: _currency, ...document } = aTariff()
    const versions = [aVersion({ document: document as ReturnType<typeof aTariff> })]
    expect(() => rate(anInput({ versions, usage }))).toThrow(
      expect.objectContaining({ code: 'currency_unsupported' }),
    )
  })

  it.each(['flat', 'per_unit'] as const)('refuses a %s item whose price is missing', (type) => {
    const { price: _price, ...item } = type === 'flat' ? aFlatItem() : aPerUnitItem()
    const document = aTariff({ items: [item as ReturnType<typeof aFlatItem>] })
    expect(() => rate(anInput({ versions: [aVersion({ document })], usage }))).toThrow(
      expect.objectContaining({ code: 'decimal_invalid' }),
    )
  })

  it('refuses two currencies in one period', () => {
    const versions = [
      aVersion({ to: secondHalf }),
      aVersion({ from: secondHalf, document: aTariff({ currency: 'USD' }) }),
    ]
    expect(() => rate(anInput({ versions }))).toThrow(expect.objectContaining({ code: 'currency_mismatch' }))
  })
})

describe('rate, given usage that contradicts itself', () => {
  const versions = [aVersion({ to: secondHalf }), aVersion({ id: 'new', from: secondHalf })]
  const usage = aUsage(60n)

  it.each([
    ['a record across two versions', anInput({ versions, usage: [usage] })],
    ['a record beyond the cutoff', anInput({ usage: [usage], cutoffAt: secondHalf })],
    ['a record beyond the period', anInput({ usage: [aUsage(60n, { to: october.to + 1 })] })],
    [
      'a quantity that is not the difference of its values',
      anInput({ usage: [{ ...usage, quantity: 61n }] }),
    ],
    ['a register that falls', anInput({ usage: [aUsage(-60n)] })],
    ['values taken elsewhere than at the borders', anInput({ usage: [{ ...usage, from: usage.from + 1 }] })],
    ['the same usage twice', anInput({ usage: [usage, usage] })],
    [
      'one register in two units',
      anInput({ usage: [usage, aUsage(60n, { deviceId: aDeviceId('drill-2'), unit: 'min' })] }),
    ],
    ['a cutoff before the period', anInput({ cutoffAt: october.from })],
  ])('refuses %s', (_name, input) => {
    expect(() => rate(input)).toThrow(expect.objectContaining({ code: 'rating_input_invalid' }))
  })
})
