import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getCurrency, moneyOf, moneyToDecimal, Rational } from '../../core/index.ts'
import { sayLine } from './line-sentence.ts'
import { parseTariffDocument } from './parse-tariff.ts'
import { rate } from './rate.ts'
import { formatExplanation, formatRatingInput, parseExplanation, parseRatingInput } from './rating-json.ts'
import type { AssignedDevice, RatedLine, RatingInput } from './rating-types.ts'
import type { TariffDiscount, TariffDocument, TariffItem, TariffScope } from './tariff-schema.ts'
import { calendar, contractTerms } from './testing/arbitrary-items.ts'
import { anyFeeRating, anyRating, anyUsageRating } from './testing/arbitrary-ratings.ts'
import { plus, type Fraction } from './testing/fractions.ts'
import { judgeLines, type Used, type UsageItem } from './testing/judge-amount.ts'
import { judgeFlat, judgeOnce } from './testing/judge-fees.ts'
import { judgeTotal, type Parts } from './testing/judge-terms.ts'

/** What of the input is a member's. */
function usedBy(id: string | undefined, { usage, peaks, events }: RatingInput): Used {
  const isOwn = ({ deviceId }: { deviceId: string }) => id === undefined || id === 'hall' || id === deviceId
  return { usage: usage.filter(isOwn), peaks: peaks.filter(isOwn), events: events.filter(isOwn) }
}

/** The assignments of each member that was there in the period, by its id; the contract has none of its own. */
function holdersOf(scope: TariffScope = 'contract', { devices, period }: RatingInput['facts']) {
  if (scope === 'contract') return [[undefined, undefined]] as const
  const there = devices.filter(({ from, to = Infinity }) => from < period.to && to > period.from)
  const idOf = ({ deviceId, site, tags }: AssignedDevice) =>
    scope === 'device' ? deviceId : scope === 'site' ? site : tags[0]
  return [...Map.groupBy(there, idOf)].sort(([left = ''], [right = '']) => (left < right ? -1 : 1))
}

/** The versions of each run of the only item. */
function runsOf(isSame: boolean, { versions }: RatingInput) {
  return isSame ? [versions] : versions.map((version) => [version])
}

/** Counted in quarters of an hour: no version and no pause begins or ends inside one. */
function partsOf({ facts: { wholePeriod, pauses } }: RatingInput, from: number, to: number): Parts {
  const slotMs = 900_000
  let running = 0
  for (let at = from; at < to; at += slotMs) {
    if (!pauses.some((pause) => pause.from <= at && at < pause.to)) running += slotMs
  }
  const whole = BigInt(wholePeriod.to - wholePeriod.from)
  return { long: [BigInt(to - from), whole], unpaused: [BigInt(running), whole] }
}

const memberId = ({ explanation: { member } }: RatedLine) => ('id' in member ? member.id : undefined)
const exact = ([numerator, denominator]: Fraction) => Rational.of(numerator, denominator).toString()
const sumOf = (texts: readonly string[]) =>
  texts.reduce((sum, text) => sum.plus(Rational.parseExact(text)), Rational.zero).toString()

/**
 * Without what is owed for time. Where the first units may cost more than the next, without ends of discounts too: less that is included in a pause
 * brings more of the first ones into the time of the discount.
 */
function forUsageOnly(document: TariffDocument): TariffDocument {
  const items = document.items.map((item): TariffItem => {
    const { minimum: _minimum, ...own } = item as UsageItem & { minimum?: string }
    const isLinear = !['graduated', 'package'].includes(own.type) && !('block' in own)
    const discounts = (own.discounts ?? []).map(({ until, ...discount }): TariffDiscount =>
      isLinear && until !== undefined ? { ...discount, until } : discount,
    )
    if (own.type !== 'graduated') return { ...own, discounts }
    return { ...own, discounts, tiers: own.tiers.map(({ flat: _flat, ...tier }) => tier) }
  })
  return { ...document, items }
}

describe('rate, judged by another implementation', { timeout: 60_000 }, () => {
  it('charges of an item that goes on what the whole costs, and of one that changes what each part costs', () => {
    fc.assert(
      fc.property(anyUsageRating, ({ item, isSame, input }) => {
        const groups = Map.groupBy(rate(input).lines, memberId)
        expect(groups.size).toBe(holdersOf(item.scope, input.facts).length)
        for (const [id, own] of groups) {
          const expected = runsOf(isSame, input).flatMap((run) => {
            const borders = [run[0]?.from ?? 0, ...run.map(({ to }) => to)]
            const parts = partsOf(input, borders[0] ?? 0, borders.at(-1) ?? 0)
            return judgeLines(item, usedBy(id, input), borders, parts, calendar)
          })
          expect(own.map((line) => line.unroundedAmount)).toEqual(expected.map(exact))
          const cents = own.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
          const whole = expected.reduce(plus)
          const apart = Rational.of(cents)
            .minus(Rational.of(whole[0] * 100n, whole[1]))
            .round('down')
          expect(Math.abs(Number(apart))).toBeLessThanOrEqual(own.length)
        }
      }),
      { numRuns: 250 },
    )
  })

  it('charges fees for the days and seconds that somebody was there, once where they are whole, less what runs then', () => {
    fc.assert(
      fc.property(anyFeeRating, ({ item, isSame, input }) => {
        const expected = runsOf(isSame, input).flatMap((run) => {
          const parts = partsOf(input, run[0]?.from ?? 0, run.at(-1)?.to ?? 0)
          return holdersOf(item.scope, input.facts).flatMap(([id, assignments]) => {
            const fees =
              item.type === 'flat'
                ? judgeFlat(item, run, assignments, input.facts, parts)
                : judgeOnce(item, run, assignments, input.facts)
            return fees.map(({ from, quantity, amount }) => [id, from, exact(quantity), exact(amount)])
          })
        })
        const versionOf = new Map(input.versions.map(({ id, from }) => [id, from]))
        const lines = rate(input).lines.map((line) => {
          const { tariffVersionId } = line.explanation
          return [memberId(line), versionOf.get(tariffVersionId), line.quantity, line.unroundedAmount]
        })
        expect(lines).toEqual(expected)
      }),
      { numRuns: 500 },
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
        const linesCents = sum(rate(input).lines)
        // The contract's own terms do not count fees in advance.
        const total =
          input.facts.charged === 'in_advance'
            ? linesCents
            : judgeTotal(document, linesCents, parts, period.from)
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
      fc.property(anyUsageRating, ({ item, input }) => {
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
