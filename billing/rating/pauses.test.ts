import { describe, expect, it } from 'vitest'
import { getInstant, type Period } from '../../core/index.ts'
import { rate } from './rate.ts'
import {
  aFlatItem,
  anInput,
  aPeak,
  aPerUnitItem,
  aUsage,
  october,
  rateOne,
  versionsOf,
} from './rating-builders.ts'
import { formatRatingInput, parseRatingInput } from './rating-json.ts'
import type { TariffItem } from './tariff-schema.ts'

const span = (from: string, to: string): Period => ({ from: getInstant(from), to: getInstant(to) })
const paused = (...pauses: readonly Period[]) => ({ facts: { pauses } })

/** October 2026 in Berlin has 31 days of 745 hours. */
const fiveDays = span('2026-10-10T12:00:00+02:00', '2026-10-15T12:00:00+02:00')
const clocksGoBack = span('2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00')
const atFirst = span('2026-10-01T00:00:00+02:00', '2026-10-01T12:00:00+02:00')
/** 149 hours: a fifth of the month. */
const fifth = span('2026-10-01T00:00:00+02:00', '2026-10-07T05:00:00+02:00')

const { type: _type, price: _price, ...about } = aPerUnitItem()
const graduated: TariffItem = {
  type: 'graduated',
  ...about,
  tiers: [{ upTo: '500', price: '0.10', flat: '5' }, { price: '0.05' }],
}
const stairstep: TariffItem = {
  type: 'stairstep',
  ...about,
  tiers: [{ upTo: '500', price: '10' }, { price: '25' }],
}

const amountsOf = (items: TariffItem[], input: Parameters<typeof anInput>[0]) =>
  rate(anInput({ versions: versionsOf([october.from, october.to, items]), ...input })).lines.map(
    ({ itemId, quantity, amountMinor }) => [itemId, quantity, amountMinor],
  )

describe('a fee with pauses', () => {
  const byDay = aFlatItem({ price: '31.00', proration: 'day' })
  const bySecond = aFlatItem({ price: '74.50', proration: 'second' })

  it.each([
    // The 10th and the 15th have begun: 11 to 14 are paused.
    ['by day, five times 24 hours from noon', byDay, [fiveDays], '27', '31', 2_700n],
    ['by second, the same', bySecond, [fiveDays], '2250000', '2682000', 6_250n],
    ['by day, where the clocks go back', byDay, [clocksGoBack], '30', '31', 3_000n],
    ['by second, where the clocks go back: 25 hours', bySecond, [clocksGoBack], '2592000', '2682000', 7_200n],
    ['by day, half of the first day', byDay, [atFirst], '31', '31', 3_100n],
    ['by second, half of the first day', bySecond, [atFirst], '2638800', '2682000', 7_330n],
    ['by day, two pauses', byDay, [fiveDays, clocksGoBack], '26', '31', 2_600n],
    ['by second, two pauses', bySecond, [fiveDays, clocksGoBack], '2160000', '2682000', 6_000n],
  ] as const)('%s', (_name, item, pauses, part, whole, amountMinor) => {
    const line = rateOne(item, paused(...pauses))
    expect(line.amountMinor).toBe(amountMinor)
    expect(line.explanation.steps).toEqual([
      {
        kind: 'fee',
        price: item.price,
        share: { part, whole, measure: item.proration },
        amount: line.unroundedAmount,
      },
    ])
  })

  it('is said as the share that it is', () => {
    expect(rateOne(byDay, paused(fiveDays)).sentence).toBe(
      'Base fee: 27 of 31 days of 31.00 EUR are 27.00 EUR, from 2026-09-30T22:00:00Z to 2026-10-31T23:00:00Z.',
    )
  })

  it('that is not prorated is due whole for an hour without pause', () => {
    const all = span('2026-10-01T00:00:00+02:00', '2026-10-31T23:00:00+01:00')
    expect(amountsOf([aFlatItem()], paused(all))).toEqual([['base', '1', 490n]])
  })

  it('is not due for a period that is paused whole', () => {
    expect(
      amountsOf([aFlatItem(), { ...byDay, id: 'a' }, { ...bySecond, id: 'b' }], paused(october)),
    ).toEqual([])
    expect(amountsOf([{ ...byDay, minimum: '20' }], paused(october))).toEqual([])
  })

  it('of a device is due for the unpaused time that it was there', () => {
    const device = { deviceId: aUsage(0n).deviceId, site: undefined, tags: [], to: undefined }
    const from = getInstant('2026-10-12T00:00:00+02:00')
    const facts = { pauses: [fiveDays], devices: [{ ...device, from }] }
    // The 15th to the 31st.
    expect(amountsOf([{ ...byDay, scope: 'device' }], { facts })).toEqual([['base', '17/31', 1_700n]])
  })
})

describe('pauses and versions', () => {
  const changed = getInstant('2026-10-16T00:00:00+02:00')
  const around = span('2026-10-14T00:00:00+02:00', '2026-10-18T00:00:00+02:00')
  const twoOf = (one: TariffItem, other: TariffItem) =>
    versionsOf([october.from, changed, [one]], [changed, october.to, [other]])

  it('each charge the days that are theirs and not paused', () => {
    const versions = twoOf(
      aFlatItem({ price: '31.00', proration: 'day' }),
      aFlatItem({ price: '62.00', proration: 'day' }),
    )
    const { lines } = rate(anInput({ versions, ...paused(around) }))
    // 1 to 13 October, and 18 to 31.
    expect(lines.map(({ quantity, amountMinor }) => [quantity, amountMinor])).toEqual([
      ['13/31', 1_300n],
      ['14/31', 2_800n],
    ])
  })

  it('charge a fee that is not prorated by the version of the first unpaused time', () => {
    const versions = twoOf(aFlatItem({ price: '10.00' }), aFlatItem({ price: '12.00' }))
    const early = span('2026-10-01T00:00:00+02:00', '2026-10-20T00:00:00+02:00')
    const amounts = (pause: Period) =>
      rate(anInput({ versions, ...paused(pause) })).lines.map(({ amountMinor }) => amountMinor)
    expect(amounts(early)).toEqual([1_200n])
    expect(amounts(around)).toEqual([1_000n])
  })

  it('give each run the allowance of its unpaused time', () => {
    const one = aPerUnitItem({ price: '0.10', included: '745' })
    const versions = twoOf(one, { ...one, price: '0.20' })
    const usage = [
      aUsage(36_000n, { from: october.from, to: changed }),
      aUsage(36_000n, { from: changed, to: october.to, startValue: 37_000n }),
    ]
    // 360 hours less 48, and 385 less 48, of 745: 600 - 312 and 600 - 337 minutes are charged.
    const { lines } = rate(anInput({ versions, usage, ...paused(around) }))
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual([2_880n, 5_260n])
  })
})

describe('what a pause of a fifth of the month does', () => {
  const usage = [aUsage(60_000n)]

  it.each<[string, Partial<ReturnType<typeof aPerUnitItem>>, bigint]>([
    // 1,000 minutes at 0.10.
    ['leaves what is used as it is', {}, 10_000n],
    ['shrinks an allowance: 596 of 745 minutes', { included: '745' }, 4_040n],
    ['shrinks a minimum', { minimum: '200' }, 16_000n],
    ['leaves a maximum whole', { maximum: '10' }, 1_000n],
    ['shrinks a discount in money', { discounts: [{ description: 'Off', amount: '10' }] }, 9_200n],
  ])('%s', (_name, terms, amountMinor) => {
    const item = aPerUnitItem({ price: '0.10', ...terms })
    expect(amountsOf([item], { usage, ...paused(fifth) })).toEqual([['run', '1000', amountMinor]])
  })

  it('leaves the bounds and flat amounts of tiers whole, which price what is used', () => {
    // 500 minutes at 0.10, 500 at 0.05, and 5 for the first tier.
    expect(amountsOf([graduated], { usage, ...paused(fifth) })).toEqual([['run', '1000', 8_000n]])
    expect(amountsOf([{ ...graduated, type: 'volume' }], { usage, ...paused(fifth) })).toEqual([
      ['run', '1000', 5_000n],
    ])
  })

  it('shrinks what tiers charge when nothing is used: that is for time', () => {
    expect(amountsOf([graduated], paused(fifth))).toEqual([['run', '0', 400n]])
    expect(amountsOf([stairstep], paused(fifth))).toEqual([['run', '0', 800n]])
    expect(amountsOf([stairstep], paused(october))).toEqual([['run', '0', 0n]])
  })

  it('leaves the price of a peak whole', () => {
    const item = aPerUnitItem({
      register: 'energy_wh',
      aggregation: 'peak',
      scope: 'device',
      per: 1000,
      price: '2',
    })
    const device = { deviceId: aUsage(0n).deviceId, ...october, site: undefined, tags: [] }
    const input = { peaks: [aPeak(50_000n)], facts: { devices: [device], pauses: [fifth] } }
    expect(amountsOf([item], input)).toEqual([['run', '50', 10_000n]])
  })

  it('shrinks the minimum of the contract, and not below zero', () => {
    const [version] = versionsOf([october.from, october.to, [aFlatItem({ proration: 'second' })]])
    if (version === undefined) throw new Error('no version')
    const versions = [{ ...version, document: { ...version.document, minimum: '100' } }]
    const amounts = (pause: Period) =>
      rate(anInput({ versions, ...paused(pause) })).lines.map(({ itemId, amountMinor }) => [
        itemId,
        amountMinor,
      ])
    // Four fifths of 4.90, and what is missing to 80.
    expect(amounts(fifth)).toEqual([
      ['base', 392n],
      ['minimum', 7_608n],
    ])
    expect(amounts(october)).toEqual([])
  })
})

describe('usage in a pause', () => {
  it('is billed, also in a period that is paused whole', () => {
    const item = aPerUnitItem({ price: '0.10', included: '745', minimum: '200' })
    expect(amountsOf([item], { usage: [aUsage(60_000n)], ...paused(october) })).toEqual([
      ['run', '1000', 10_000n],
    ])
  })

  it.each<[string, TariffItem, bigint]>([
    ['a maximum', aPerUnitItem({ price: '0.10', maximum: '30' }), 3_000n],
    [
      'tiers whose last is free',
      { ...graduated, tiers: [{ upTo: '500', price: '0.10' }, { price: '0' }] },
      5_000n,
    ],
    // 1,000 minutes are in the second step.
    ['a stairstep', stairstep, 2_500n],
  ])('is not free under %s in a period that is paused whole', (_name, item, amountMinor) => {
    const usage = [aUsage(60_000n)]
    expect(amountsOf([item], { usage })).toEqual([['run', '1000', amountMinor]])
    expect(amountsOf([item], { usage, ...paused(october) })).toEqual([['run', '1000', amountMinor]])
  })

  it('is not free under the maximum of the contract in a period that is paused whole', () => {
    const [version] = versionsOf([october.from, october.to, [aPerUnitItem({ price: '0.10' })]])
    if (version === undefined) throw new Error('no version')
    const versions = [{ ...version, document: { ...version.document, maximum: '30' } }]
    const { lines } = rate(anInput({ versions, usage: [aUsage(60_000n)], ...paused(october) }))
    expect(lines.map(({ itemId, amountMinor }) => [itemId, amountMinor])).toEqual([
      ['run', 10_000n],
      ['maximum', -7_000n],
    ])
  })
})

describe('pauses in the input', () => {
  it('are left out of its JSON where there are none', () => {
    const { usage } = formatRatingInput(anInput())
    expect(usage).not.toHaveProperty('pauses')
    expect(formatRatingInput(anInput(paused(fiveDays))).usage.pauses).toEqual([
      { from: '2026-10-10T10:00:00.000Z', to: '2026-10-15T10:00:00.000Z' },
    ])
  })

  it.each([
    ['before the period', [span('2026-09-30T00:00:00Z', '2026-10-05T00:00:00Z')]],
    ['beyond the period', [span('2026-10-30T00:00:00Z', '2026-11-05T00:00:00Z')]],
    ['out of order', [clocksGoBack, fiveDays]],
    ['that overlap', [fiveDays, fiveDays]],
    ['without length', [{ from: fiveDays.from, to: fiveDays.from }]],
  ])('are refused %s', (_name, pauses) => {
    expect(() => rate(anInput({ facts: { pauses } }))).toThrow(
      expect.objectContaining({ code: 'rating_input_invalid' }),
    )
  })

  it('are refused with a pointer where they are no spans', () => {
    const { tariff, usage } = formatRatingInput(anInput())
    expect(() => parseRatingInput(tariff, { ...usage, pauses: [{ from: 'soon' }] })).toThrow(
      expect.objectContaining({
        issues: expect.arrayContaining([expect.objectContaining({ pointer: '/pauses/0/to' })]),
      }),
    )
  })
})
