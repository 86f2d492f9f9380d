import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getCurrency, moneyOf, moneyToDecimal, Rational } from '../../core/index.ts'
import { sayLine } from './line-sentence.ts'
import { parseTariffDocument } from './parse-tariff.ts'
import { rate } from './rate.ts'
import { formatExplanation, formatRatingInput, parseExplanation, parseRatingInput } from './rating-json.ts'
import type { RatedLine, RatingInput } from './rating-types.ts'
import type { TariffDocument, TariffItem } from './tariff-schema.ts'
import { anyRating, calendar, contractTerms } from './testing/arbitrary-ratings.ts'
import { judgeAmount, judgeTotal, type Fraction, type Parts, type Used } from './testing/judge-amount.ts'

/** What of the input is a member's, and lies in a span. */
function usedBy(
  id: string | undefined,
  { usage, peaks, events }: RatingInput,
  from: number,
  to: number,
): Used {
  const isOwn = ({ deviceId }: { deviceId: string }) => id === undefined || id === 'hall' || id === deviceId
  return {
    usage: usage.filter((each) => isOwn(each) && each.from >= from && each.to <= to),
    peaks: peaks.filter((each) => isOwn(each) && each.from >= from && each.to <= to),
    events: events.filter((each) => isOwn(each) && each.to >= from && each.to < to),
  }
}

/** Counted in quarters of an hour: no version and no pause begins or ends inside one. */
function partsOf({ facts: { period, pauses } }: RatingInput, from: number, to: number): Parts {
  const slotMs = 900_000
  let running = 0
  for (let at = from; at < to; at += slotMs) {
    if (!pauses.some((pause) => pause.from <= at && at < pause.to)) running += slotMs
  }
  const whole = BigInt(period.to - period.from)
  return { long: [BigInt(to - from), whole], unpaused: [BigInt(running), whole] }
}

const memberId = ({ explanation: { member } }: RatedLine) => ('id' in member ? member.id : undefined)
const exact = ([numerator, denominator]: Fraction) => Rational.of(numerator, denominator).toString()
const sumOf = (texts: readonly string[]) =>
  texts.reduce((sum, text) => sum.plus(Rational.parseExact(text)), Rational.zero).toString()

/** Without what is owed for time. */
function forUsageOnly(document: TariffDocument): TariffDocument {
  const items = document.items.map((item) => {
    const { minimum: _minimum, ...own } = item as TariffItem & { minimum?: string }
    if (own.type !== 'graduated') return own
    return { ...own, tiers: own.tiers.map(({ flat: _flat, ...tier }) => tier) }
  })
  return { ...document, items }
}

describe('rate, judged by another implementation', { timeout: 60_000 }, () => {
  it('charges of an item that goes on what the whole costs, and of one that changes what each part costs', () => {
    fc.assert(
      fc.property(anyRating, ({ item, isSame, input }) => {
        const { lines } = rate(input)
        const { period } = input.facts
        const groups = Map.groupBy(lines, memberId)
        for (const [id, own] of groups) {
          expect(own).toHaveLength(input.versions.length)
          const amounts = own.map((line) => line.unroundedAmount)
          if (isSame) {
            const used = usedBy(id, input, period.from, period.to)
            const whole = judgeAmount(item, used, partsOf(input, period.from, period.to), calendar)
            expect(sumOf(amounts)).toBe(exact(whole))
            const cents = own.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
            const apart = Rational.of(cents)
              .minus(Rational.of(whole[0] * 100n, whole[1]))
              .round('down')
            expect(Math.abs(Number(apart))).toBeLessThanOrEqual(own.length)
          } else {
            const expected = input.versions.map(({ from, to }) => {
              const parts = partsOf(input, from, to)
              return exact(judgeAmount(item, usedBy(id, input, from, to), parts, calendar))
            })
            expect(amounts).toEqual(expected)
          }
        }
      }),
      { numRuns: 250 },
    )
  })

  it('charges a contract its lines, less its discounts, within its maximum and minimum', () => {
    fc.assert(
      fc.property(anyRating, contractTerms, ({ input }, terms) => {
        const versions = input.versions.map((each) => ({ ...each, document: { ...each.document, ...terms } }))
        const { period } = input.facts
        const [{ document } = { document: undefined }] = versions
        if (document === undefined) throw new Error('no version')
        const sum = (lines: readonly RatedLine[]) =>
          lines.reduce((total, line) => total + line.amountMinor, 0n)
        const parts = partsOf(input, period.from, period.to)
        const total = judgeTotal(document, sum(rate(input).lines), parts, '2026-10-01')
        expect(sum(rate({ ...input, versions }).lines)).toBe(total)
      }),
      { numRuns: 250 },
    )
  })

  it('explains each line by steps that add up, pools that add up, and a sentence in two languages', () => {
    fc.assert(
      fc.property(anyRating, ({ input }) => {
        for (const line of rate(input).lines) {
          const { steps, allocation, member } = line.explanation
          expect(sumOf(steps.map(({ amount }) => amount))).toBe(line.unroundedAmount)
          if (member.kind === 'site' || member.kind === 'tag') {
            expect(allocation.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)).toBe(line.amountMinor)
          }
          const amount = moneyToDecimal(moneyOf(line.amountMinor, getCurrency('EUR').code))
          expect(line.sentence).toContain(`${amount} EUR`)
          expect(sayLine(line, 'en')).toBe(line.sentence)
          expect(sayLine(line, 'de')).toContain(`${amount.replace('.', ',')} EUR`)
        }
      }),
    )
  })

  it('makes the same lines in any order of what was used and of who was there', () => {
    fc.assert(
      fc.property(anyRating, ({ input }) => {
        const { usage, peaks, events, facts } = input
        const turned = {
          ...input,
          usage: usage.toReversed(),
          peaks: peaks.toReversed(),
          events: events.toReversed(),
          facts: { ...facts, devices: facts.devices.toReversed() },
        }
        expect(rate(turned)).toEqual(rate(input))
      }),
    )
  })

  it('never charges less for what is used because of a pause', () => {
    fc.assert(
      fc.property(anyRating, ({ item, input }) => {
        // These may get cheaper by more that is used, and so by less that is included.
        fc.pre(item.type !== 'volume' && item.type !== 'stairstep')
        const versions = input.versions.map((version) => ({
          ...version,
          document: forUsageOnly(version.document),
        }))
        const costOf = (facts: RatingInput['facts']) =>
          Rational.parseExact(
            sumOf(rate({ ...input, versions, facts }).lines.map((line) => line.unroundedAmount)),
          )
        const paused = costOf(input.facts)
        expect(paused.compare(costOf({ ...input.facts, pauses: [] }))).toBeGreaterThanOrEqual(0)
      }),
    )
  })

  it('ends a live bill in the lines of the draft', () => {
    fc.assert(
      fc.property(anyRating, fc.nat(), ({ input }, seed) => {
        const { period } = input.facts
        const cutoffAt = period.from + 1 + (seed % (period.to - period.from))
        const live = rate({
          ...input,
          usage: input.usage.filter(({ to }) => to <= cutoffAt),
          peaks: input.peaks.filter(({ to }) => to <= cutoffAt),
          events: input.events.filter(({ to }) => to < cutoffAt),
          facts: { ...input.facts, cutoffAt },
        })
        const draft = rate(input)
        const isClosed = ({ explanation }: RatedLine) => {
          const version = input.versions.find(({ id }) => id === explanation.tariffVersionId)
          return (version?.to ?? Infinity) <= cutoffAt
        }
        expect(live.lines.filter(isClosed)).toEqual(draft.lines.filter(isClosed))
      }),
    )
  })

  it('keeps lines, inputs and documents when they are written as JSON and read again', () => {
    const again = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
    fc.assert(
      fc.property(anyRating, ({ input }) => {
        const { tariff, usage } = formatRatingInput(input)
        expect(parseRatingInput(again(tariff), again(usage))).toEqual(input)
        for (const { explanation } of rate(input).lines) {
          expect(parseExplanation(again(formatExplanation(explanation)))).toEqual(explanation)
        }
        for (const { document } of input.versions) {
          const parsed = parseTariffDocument(again(document))
          expect(parsed).toEqual(document)
          expect(parseTariffDocument(again(parsed))).toEqual(parsed)
        }
      }),
      { numRuns: 30 },
    )
  })
})
