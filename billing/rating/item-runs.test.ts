import { describe, expect, it } from 'vitest'
import { getInstant } from '../../core/index.ts'
import { rate } from './rate.ts'
import { aFlatItem, anInput, aTariff, aUsage, aVersion, october } from './rating-builders.ts'
import type { TariffItem } from './tariff-schema.ts'

const half = getInstant('2026-10-16T12:30:00+02:00')
const fifth = getInstant('2026-10-07T05:00:00+02:00') // 149 of 745 hours

const graduated = (terms: object = {}): TariffItem => ({
  type: 'graduated',
  id: 'run',
  description: 'Run time',
  register: 'run_s',
  per: 1,
  unit: 's',
  included: '20',
  tiers: [
    { upTo: '100', price: '1', flat: '10' },
    { price: '0.5', flat: '4' },
  ],
  ...terms,
})

/** The exact amounts of lines of `run` over parts of October with so much used in each; an item may be absent. */
function amountsOf(
  ...parts: readonly (readonly [to: number, item: TariffItem | undefined, used: bigint, about?: object])[]
) {
  let from = october.from
  let startValue = 0n
  const input = parts.map(([to, item, used, about = {}], index) => {
    const items = item === undefined ? [aFlatItem()] : [aFlatItem(), item]
    const version = aVersion({
      id: `version-${index}`,
      from,
      to,
      document: { ...aTariff({ items }), ...about },
    })
    const usage = aUsage(used, { from, to, startValue })
    from = to
    startValue += used
    return { version, usage }
  })
  const { lines } = rate(
    anInput({ versions: input.map(({ version }) => version), usage: input.map(({ usage }) => usage) }),
  )
  return lines.filter(({ itemId }) => itemId === 'run').map((line) => line.unroundedAmount)
}

describe('versions that follow each other', () => {
  it('let the counters of the same item go on', () => {
    // 60 − 20 = 40 at 1 + 10; then 150 − 20 = 130: 110 + 30 × 0.5 + 4 = 129
    expect(amountsOf([half, graduated(), 60n], [october.to, graduated(), 90n])).toEqual(['50', '79'])
  })

  it('start again with their share where the item changes', () => {
    // Each half: 10 included, 5 flat, up to 50, 2 flat above. 60: 50 + 5; 90: 80: 50 + 5 + 30 × 0.25 + 2
    const other = graduated({
      tiers: [
        { upTo: '100', price: '1', flat: '10' },
        { price: '0.25', flat: '4' },
      ],
    })
    expect(amountsOf([half, graduated(), 60n], [october.to, other, 90n])).toEqual(['55', '64.5'])
  })

  it('take shares by length in time', () => {
    // A fifth: 4 included, 2 flat, up to 20. 24: 20 + 2; 25: 21: 22 + 0.5 + 0.8
    expect(amountsOf([fifth, graduated(), 24n], [october.to, undefined, 0n])).toEqual(['22'])
    expect(amountsOf([fifth, graduated(), 25n], [october.to, undefined, 0n])).toEqual(['23.3'])
  })

  it('end a run where the item is missing in between, though it comes back the same', () => {
    // A fifth as above with 24; then half the month with 60 as above.
    expect(
      amountsOf([fifth, graduated(), 24n], [half, undefined, 99n], [october.to, graduated(), 60n]),
    ).toEqual(['22', '55'])
  })

  it.each([
    ['another order of members', graduated(), {}, ['50', '79']],
    ['another calendar that the item does not use', graduated(), { calendars: {} }, ['50', '79']],
    ['another minimum of the contract', graduated(), { minimum: '0' }, ['50', '79']],
    ['another rounding', graduated(), { rounding: 'up' }, ['55', '72']],
    ['another description', graduated({ description: 'Time' }), {}, ['55', '72']],
  ])('have the same item or not: %s', (name, second, about, amounts) => {
    const turned = Object.fromEntries(Object.entries(second).toReversed()) as TariffItem
    const item = name === 'another order of members' ? turned : second
    // Restarted: 90 − 10 = 80: 50 + 5 + 30 × 0.5 + 2 = 72
    expect(amountsOf([half, graduated(), 60n], [october.to, item, 90n, about])).toEqual(amounts)
  })

  it('explain what is for the time before', () => {
    const versions = [
      aVersion({ to: half, document: aTariff({ items: [graduated()] }) }),
      aVersion({ id: 'new', from: half, document: aTariff({ items: [graduated()] }) }),
    ]
    const usage = [aUsage(60n, { to: half }), aUsage(90n, { from: half, startValue: 1_060n })]
    const { lines } = rate(anInput({ versions, usage }))
    expect(lines[1]?.quantity).toBe('90')
    expect(lines[1]?.explanation.steps).toEqual([
      { kind: 'included', included: '20', used: '20', amount: '0' },
      { kind: 'tier', above: '0', upTo: '100', quantity: '100', price: '1', flat: '10', amount: '110' },
      { kind: 'tier', above: '100', upTo: null, quantity: '30', price: '0.5', flat: '4', amount: '19' },
      { kind: 'charged_before', amount: '-50' },
    ])
  })
})
