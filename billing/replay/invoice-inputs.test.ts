import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AppError, getCurrency, getInstant } from '../../core/index.ts'
import { rate } from '../rating/rate.ts'
import { aFlatItem, aTariff, aUsage, aVersion, anInput, october } from '../rating/rating-builders.ts'
import type { RatingInput } from '../rating/rating-types.ts'
import { anyRating } from '../rating/testing/arbitrary-ratings.ts'
import { taxLines } from '../tax/tax-lines.ts'
import type { TaxRate } from '../tax/tax-types.ts'
import { formatInvoiceInputs, parseInvoiceInputs, versionIdsOf } from './invoice-inputs.ts'
import { replayInputs } from './replay-inputs.ts'
import { taxPinsOf, type TaxPins } from './tax-pins.ts'
import { canonicalLine } from './canonical-lines.ts'

const documentsOf = (ratings: readonly RatingInput[]) =>
  new Map(ratings.flatMap(({ versions }) => versions.map(({ id, document }) => [id, document as unknown])))

/** As text and back, as it is kept. */
function keep(ratings: readonly RatingInput[], tax?: TaxPins) {
  const json: unknown = JSON.parse(
    JSON.stringify(formatInvoiceInputs({ ratings, corrections: [], manualLines: [], tax })),
  )
  return parseInvoiceInputs(json, documentsOf(ratings))
}

const rows: readonly TaxRate[] = [
  {
    id: 'tax_1',
    place: 'DE',
    category: 'standard',
    percent: '19',
    kind: 'standard',
    code: 'S',
    note: undefined,
    from: '2021-01-01',
    to: undefined,
  },
  {
    id: 'tax_2',
    place: 'DE',
    category: 'reduced',
    percent: '7',
    kind: 'reduced',
    code: 'S',
    note: 'Reduced',
    from: '2021-01-01',
    to: '2027-01-01',
  },
]
const pins: TaxPins = {
  prices: 'net',
  date: '2026-10-31',
  taxation: { place: 'DE', treatment: { kind: 'rates' } },
  table: rows,
}

describe('the inputs of an invoice', () => {
  it('are the same after they were kept, and give the same lines', () => {
    fc.assert(
      fc.property(anyRating, ({ input }) => {
        const kept = keep([input])
        expect(kept.ratings).toEqual([input])
        expect(replayInputs(kept).lines).toEqual(rate(input).lines.map(canonicalLine))
      }),
      { numRuns: 100 },
    )
  })

  it('are computed in their order, each with its own versions', () => {
    const next = { from: october.to, to: getInstant('2026-12-01T00:00:00+01:00') }
    const document = aTariff({ items: [aFlatItem({ id: 'room', price: '9', charged: 'in_advance' })] })
    const ratings = [
      anInput({ usage: [aUsage(12_345n)] }),
      anInput({
        versions: [aVersion({ id: 'version-2', ...next, document })],
        cutoffAt: next.to,
        facts: { period: next, charged: 'in_advance' },
      }),
    ]
    const json = formatInvoiceInputs({ ratings, corrections: [], manualLines: [], tax: undefined })
    expect(versionIdsOf(json)).toEqual(['version-1', 'version-2'])
    const { lines, linesMinor, taxes } = replayInputs(keep(ratings))
    expect(lines.map((line) => (JSON.parse(line) as { itemId: string }).itemId)).toEqual([
      'base',
      'run',
      'room',
    ])
    // 4.90 + 205.75 × 0.12 = 24.69, + 9
    expect([linesMinor, taxes]).toEqual([3_859n, []])
  })

  it('have the tax rates that were used, and no others', () => {
    const input = anInput()
    const { lines } = rate(input)
    const used = taxPinsOf(pins, taxLines({ ...pins, lines, currency: getCurrency('EUR').code }))
    expect(used.table.map(({ id }) => id)).toEqual(['tax_1'])
    const kept = keep([input], { ...used, table: rows })
    expect(kept.tax).toEqual(pins)
    // 4.90 at 19 %: 0.931.
    expect(replayInputs(keep([input], used)).taxes).toEqual([
      { code: 'S', percent: '19', netMinor: 490n, taxMinor: 93n },
    ])
  })

  it('keep why a customer is exempt', () => {
    const taxation = { place: 'DE', treatment: { kind: 'exempt', reason: 'Embassy' } } as const
    expect(keep([], { ...pins, taxation }).tax).toEqual({ ...pins, taxation })
  })

  it.each([
    ['nothing', null, ''],
    ['another format', { formatVersion: 2 }, '/formatVersion'],
    ['a computation without number', { ratingVersion: '1' }, '/ratingVersion'],
    ['an unknown member', { more: 1 }, '/more'],
    ['ratings that are no list', { ratings: {} }, '/ratings'],
    [
      'a version without id',
      { ratings: [{ versions: [{ from: 'a', to: 'b' }], usage: {} }] },
      '/ratings/0/versions/0/id',
    ],
    ['usage that is none', { ratings: [{ versions: [], usage: {} }] }, '/period'],
    ['a tax without rates', { tax: { prices: 'net' } }, '/tax/date'],
    ['a tax at no known prices', { tax: { ...pins, prices: 'some', table: [] } }, '/tax/prices'],
    ['a note that is no text', { tax: { ...pins, table: [{ ...rows[1], note: 1 }] } }, '/tax/table/0/note'],
  ])('are refused with a pointer for %s', (_name, change, pointer) => {
    const good = { formatVersion: 1, ratingVersion: 1, ratings: [], tax: null }
    const json = change === null ? null : { ...good, ...change }
    const refusal = expect.objectContaining({
      code: 'rating_input_invalid',
      issues: expect.arrayContaining([expect.objectContaining({ pointer })]),
    })
    expect(() => parseInvoiceInputs(json, new Map())).toThrow(refusal)
  })

  it('of a newer computation are refused', () => {
    expect(() =>
      replayInputs({ ratingVersion: 2, ratings: [], corrections: [], manualLines: [], tax: undefined }),
    ).toThrow(AppError)
  })
})
