/**
 * The lines and tax groups of a document, from lines and their tax. Documents name net amounts: where prices hold the tax, each line's
 * net amount is taken out of the running sum, so that the lines of a rate add up to its net amount exactly.
 */
import { assertInvariant, Rational, type CurrencyCode, type Period } from '../../core/index.ts'
import {
  isPriceOfLine,
  type DocumentLanguage,
  type DocumentLine,
  type TaxCategory,
  type TaxGroup as DocumentTaxGroup,
} from '../../documents/index.ts'
import type { BillLine } from '../billing-types.ts'
import { sayLine } from '../rating/line-sentence.ts'
import type { Prices, TaxGroup } from '../tax/tax-types.ts'

/** A line of any document; `amountMinor` is before tax or holds it, as `prices` of the tax says. */
export type TaxedLine = {
  readonly description: string
  readonly quantity: string
  readonly unit: string
  readonly unitPrice: string | null
  readonly amountMinor: bigint
  readonly taxCategory: string
  readonly period: Period | null
  readonly explanation: string | null
  readonly scopeMember: string | null
}

/** Of a tax group what a document says; its lines are those of its categories. */
export type LinesGroup = Pick<TaxGroup, 'code' | 'percent' | 'netMinor' | 'taxMinor' | 'notes'> & {
  readonly explanation: { readonly categories: readonly { readonly category: string }[] }
}

export type LinesTax = { readonly groups: readonly LinesGroup[]; readonly prices: Prices }

export type DocumentLines = {
  readonly lines: readonly DocumentLine[]
  readonly taxGroups: readonly DocumentTaxGroup[]
  readonly notes: readonly string[]
}

const zeroTax: TaxCategory = { code: 'Z', ratePercent: '0' }
const words = {
  en: {
    nothing: 'Nothing was used',
    pricesHoldTax: 'The prices and amounts that the explanations name include VAT.',
  },
  de: {
    nothing: 'Keine Nutzung',
    pricesHoldTax: 'Preise und Beträge, die in den Erklärungen stehen, enthalten die Umsatzsteuer.',
  },
}

export function toTaxedLine(line: BillLine, language: DocumentLanguage): TaxedLine {
  const { member, period } = line.explanation
  return {
    description: line.description,
    quantity: line.quantity,
    unit: line.unit,
    unitPrice: line.unitPrice ?? null,
    amountMinor: line.amountMinor,
    taxCategory: line.taxCategory,
    period,
    explanation: sayLine(line, language),
    scopeMember: member.kind === 'contract' ? null : member.id,
  }
}

export function toDocumentLines(
  lines: readonly TaxedLine[],
  { groups, prices }: LinesTax,
  { currency, language }: { readonly currency: CurrencyCode; readonly language: DocumentLanguage },
): DocumentLines {
  // A document has a line and a tax group at least (BR-16, BR-CO-18), also where there was nothing to bill.
  if (lines.length === 0) return nothingUsed(language)
  const netOf = prices === 'net' ? undefined : netAmounts(lines, groups)
  return {
    lines: lines.map((line) => {
      const { taxCategory, amountMinor, unitPrice, ...said } = line
      const netMinor = netOf?.get(line) ?? amountMinor
      const hasPrice =
        netOf === undefined &&
        unitPrice !== null &&
        isPriceOfLine({ quantity: said.quantity, netMinor }, unitPrice, currency)
      return {
        ...said,
        unitPrice: hasPrice ? unitPrice : null,
        netMinor,
        tax: toCategory(groupOf(groups, taxCategory), groups),
      }
    }),
    taxGroups: toDocumentGroups(groups, language),
    notes: [
      ...groups.filter(isTaxed).flatMap(({ notes }) => notes.map((note) => note[language])),
      ...(prices === 'gross' ? [words[language].pricesHoldTax] : []),
    ],
  }
}

function toDocumentGroups(
  groups: readonly LinesGroup[],
  language: DocumentLanguage,
): readonly DocumentTaxGroup[] {
  const byCode = Map.groupBy(groups, (group) => JSON.stringify(toCategory(group, groups)))
  return [...byCode.values()].flatMap((alike) => {
    const [first] = alike
    if (first === undefined) return []
    const notes = new Set(alike.flatMap((group) => group.notes.map((note) => note[language])))
    return [
      {
        tax: toCategory(first, groups),
        netMinor: alike.reduce((sum, { netMinor }) => sum + netMinor, 0n),
        taxMinor: alike.reduce((sum, { taxMinor }) => sum + taxMinor, 0n),
        exemptionNote: isTaxed(first) ? null : [...notes].join(' '),
      },
    ]
  })
}

function nothingUsed(language: DocumentLanguage): DocumentLines {
  const line = {
    description: words[language].nothing,
    quantity: '0',
    unit: '',
    unitPrice: null,
    netMinor: 0n,
    tax: zeroTax,
    period: null,
    explanation: null,
    scopeMember: null,
  }
  return {
    lines: [line],
    taxGroups: [{ tax: zeroTax, netMinor: 0n, taxMinor: 0n, exemptionNote: null }],
    notes: [],
  }
}

/** Each line's part of its group's net amount: what the running sum's net amount grew by. */
function netAmounts(
  lines: readonly TaxedLine[],
  groups: readonly LinesGroup[],
): ReadonlyMap<TaxedLine, bigint> {
  const nets = new Map<TaxedLine, bigint>()
  for (const [group, ofGroup] of Map.groupBy(lines, ({ taxCategory }) => groupOf(groups, taxCategory))) {
    const share = Rational.of(100n).dividedBy(Rational.of(100n).plus(Rational.parseDecimal(group.percent)))
    let grossMinor = 0n
    let netMinor = 0n
    for (const [index, line] of ofGroup.entries()) {
      grossMinor += line.amountMinor
      const isLast = index === ofGroup.length - 1
      const upToHere = isLast ? group.netMinor : Rational.of(grossMinor).times(share).round('half_even')
      nets.set(line, upToHere - netMinor)
      netMinor = upToHere
    }
  }
  return nets
}

function groupOf(groups: readonly LinesGroup[], taxCategory: string): LinesGroup {
  const group = groups.find(({ explanation }) =>
    explanation.categories.some(({ category }) => category === taxCategory),
  )
  assertInvariant(group !== undefined, 'Every line is in a tax group.')
  return group
}

/**
 * EN 16931 lets nothing else stand beside what is outside the scope of VAT (BR-O-11 to -14); beside other lines it is written as exempt, with
 * the reason why.
 */
function toCategory({ code, percent }: LinesGroup, groups: readonly LinesGroup[]): TaxCategory {
  if (code !== 'O') return { code, ratePercent: percent }
  const isAlone = groups.every((group) => group.code === 'O')
  return isAlone ? { code, ratePercent: null } : { code: 'E', ratePercent: '0' }
}

function isTaxed({ code }: LinesGroup): boolean {
  return code === 'S' || code === 'Z'
}
