/**
 * From what somebody asks to give back to the lines and taxes of a credit note, pure. Rates and their taxes are those of the
 * invoice, never of today's table; what earlier credit notes gave back is no longer there to give.
 */
import { getCurrency, moneyOf, moneyToDecimal, type CurrencyCode, type InputIssue } from '../../core/index.ts'
import { billingErrors } from '../errors.ts'
import { issueUnless, refuseInput } from '../input-check.ts'
import { allocate } from '../rating/allocate.ts'
import { basisOf, creditOfRate, grossOf, restOf } from './credit-of-rate.ts'
import type {
  AskedCredit,
  AskedCreditLine,
  ComposedCredit,
  Creditable,
  CreditableRate,
  CreditNoteLine,
  NetAndTax,
} from './credit-note-types.ts'

type Part = {
  readonly rate: CreditableRate
  readonly given: NetAndTax
  readonly lines: readonly CreditNoteLine[]
}

/**
 * @param describe what a line says that stands for all of a rate
 * @throws AppError `credit_exceeds_invoice`, `credit_exceeds_line`, `billing_input_invalid`
 */
export function composeCredit(
  invoice: Creditable,
  asked: AskedCredit,
  describe: (percent: string | undefined) => string,
): ComposedCredit {
  if (invoice.restMinor <= 0n) throw exceedsInvoice(invoice)
  const parts = partsOf(invoice, asked, describe).filter(
    ({ given, lines }) => lines.length > 0 || grossOf(given) !== 0n,
  )
  const totalMinor = parts.reduce((sum, { given }) => sum + grossOf(given), 0n)
  const taxMinor = parts.reduce((sum, { given }) => sum + given.taxMinor, 0n)
  refuseInput(issueUnless(totalMinor > 0n, '/credit', 'Give back more than nothing.'))
  if (totalMinor > invoice.restMinor) throw exceedsInvoice(invoice)
  return {
    lines: parts.flatMap(({ lines }) => lines),
    taxes: parts.flatMap(({ rate: { rate }, given }) => (rate === undefined ? [] : [{ ...rate, ...given }])),
    taxMinor,
    totalMinor,
  }
}

function partsOf(
  invoice: Creditable,
  asked: AskedCredit,
  describe: (percent: string | undefined) => string,
): readonly Part[] {
  if ('lines' in asked) return partsOfLines(invoice, asked.lines)
  if ('amountMinor' in asked) {
    refuseInput(issuesOfAmount(asked.amountMinor, invoice.currency, '/credit/amountMinor'))
    if (asked.amountMinor > invoice.restMinor) throw exceedsInvoice(invoice)
    if (asked.amountMinor < invoice.restMinor) return partsOfAmount(invoice, asked.amountMinor, describe)
  }
  return partsOfRest(invoice, describe)
}

/** Line by line where that is what is left; after credits without lines, one line for each rate. */
function partsOfRest(
  invoice: Creditable,
  describe: (percent: string | undefined) => string,
): readonly Part[] {
  const parts = invoice.rates.map((rate): Part => {
    const lines = invoice.lines
      .filter((line) => rateOf(invoice, line.taxCategory) === rate)
      .map((line): CreditNoteLine => {
        const { position: invoicePosition, itemId, description, taxCategory, period } = line
        const amountMinor = line.chargedMinor - line.creditedMinor
        return { invoicePosition, itemId, description, taxCategory, amountMinor, period }
      })
      .filter(({ amountMinor }) => amountMinor !== 0n)
    return { rate, given: restOf(rate), lines }
  })
  const isOfLines = parts.every(
    ({ given, lines }) =>
      basisOf(given, invoice.prices) === lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n),
  )
  if (isOfLines) return parts
  return parts.map(({ rate, given }) => partOfRate(invoice, rate, given, describe))
}

/** In proportion to what is left of each rate; of equal remainders the first rate gets the cent. */
function partsOfAmount(
  invoice: Creditable,
  amountMinor: bigint,
  describe: (percent: string | undefined) => string,
): readonly Part[] {
  const { settlementStep: step } = getCurrency(invoice.currency)
  const rates = invoice.rates.filter((rate) => grossOf(restOf(rate)) > 0n)
  const shares = allocate(
    amountMinor / step,
    rates.map((rate) => grossOf(restOf(rate)) / step),
  )
  return rates.flatMap((rate, index) => {
    const share = (shares[index] ?? 0n) * step
    if (share === 0n) return []
    return [partOfRate(invoice, rate, giveBack(invoice, rate, share, 'gross'), describe)]
  })
}

function partOfRate(
  invoice: Creditable,
  rate: CreditableRate,
  given: NetAndTax,
  describe: (percent: string | undefined) => string,
): Part {
  if (grossOf(given) === 0n) return { rate, given, lines: [] }
  const [taxCategory = invoice.lines[0]?.taxCategory ?? 'standard'] = rate.categories ?? []
  const percent = invoice.rates.length > 1 ? rate.rate?.percent : undefined
  const line: CreditNoteLine = {
    invoicePosition: undefined,
    itemId: undefined,
    description: describe(percent),
    taxCategory,
    amountMinor: basisOf(given, invoice.prices),
    period: undefined,
  }
  return { rate, given, lines: [line] }
}

function partsOfLines(invoice: Creditable, asked: readonly AskedCreditLine[]): readonly Part[] {
  refuseInput(issuesOfLines(invoice, asked))
  const lines = asked.map((line) => ('position' in line ? partOfLine(invoice, line) : ownLine(line)))
  return invoice.rates.flatMap((rate) => {
    const own = lines.filter(({ taxCategory }) => rateOf(invoice, taxCategory) === rate)
    if (own.length === 0) return []
    const amountMinor = own.reduce((sum, line) => sum + line.amountMinor, 0n)
    return [{ rate, given: giveBack(invoice, rate, amountMinor, invoice.prices), lines: own }]
  })
}

function partOfLine(
  invoice: Creditable,
  { position, amountMinor }: Extract<AskedCreditLine, { position: number }>,
): CreditNoteLine {
  const line = invoice.lines.find((each) => each.position === position)
  const rest = line === undefined ? 0n : line.chargedMinor - line.creditedMinor
  const given = amountMinor ?? rest
  if (line === undefined || given === 0n || given > 0n !== rest > 0n || abs(given) > abs(rest)) {
    throw billingErrors.credit_exceeds_line(
      `Give back at most ${say(rest, invoice.currency)} of line ${position}: that is what is left of it.`,
    )
  }
  const { itemId, description, taxCategory, period } = line
  return { invoicePosition: position, itemId, description, taxCategory, amountMinor: given, period }
}

function ownLine({
  description,
  taxCategory,
  amountMinor,
  itemId,
  period,
}: Exclude<AskedCreditLine, { position: number }>): CreditNoteLine {
  return { invoicePosition: undefined, itemId, description, taxCategory, amountMinor, period }
}

function issuesOfLines(invoice: Creditable, asked: readonly AskedCreditLine[]): readonly InputIssue[] {
  const positions = asked.flatMap((line) => ('position' in line ? [line.position] : []))
  return [
    ...issueUnless(asked.length > 0, '/credit/lines', 'Name at least one line.'),
    ...asked.flatMap((line, index) => {
      const at = `/credit/lines/${index}`
      const { amountMinor } = line
      const ofAmount =
        amountMinor === undefined ? [] : issuesOfStep(amountMinor, invoice.currency, `${at}/amountMinor`)
      if ('position' in line) {
        const { position } = line
        const isThere = invoice.lines.some((each) => each.position === position)
        return [
          ...issueUnless(isThere, `${at}/position`, 'Name a line of the invoice by its position.'),
          ...issueUnless(
            positions.indexOf(position) === positions.lastIndexOf(position),
            at,
            'Name a line once.',
          ),
          ...ofAmount,
        ]
      }
      const isKnown = rateOf(invoice, line.taxCategory) !== undefined
      return [
        ...ofAmount,
        ...issueUnless(line.description.trim() !== '', `${at}/description`, 'Say what is given back.'),
        ...issueUnless(isKnown, `${at}/taxCategory`, 'Use a tax category of the invoice.'),
      ]
    }),
  ]
}

function issuesOfAmount(amountMinor: bigint, code: CurrencyCode, pointer: string): readonly InputIssue[] {
  return [
    ...issueUnless(amountMinor > 0n, pointer, 'Give back more than nothing.'),
    ...issuesOfStep(amountMinor, code, pointer),
  ]
}

function issuesOfStep(amountMinor: bigint, code: CurrencyCode, pointer: string): readonly InputIssue[] {
  const { settlementStep } = getCurrency(code)
  return issueUnless(
    amountMinor % settlementStep === 0n,
    pointer,
    `Write a multiple of ${settlementStep}: ${code} is not paid in smaller amounts.`,
  )
}

/** @throws AppError `credit_exceeds_invoice` */
function giveBack(
  invoice: Creditable,
  rate: CreditableRate,
  amountMinor: bigint,
  prices: 'net' | 'gross',
): NetAndTax {
  const { code, settlementStep: step } = getCurrency(invoice.currency)
  const given = creditOfRate(rate, amountMinor, prices, { code, step })
  if (given === undefined) throw exceedsInvoice(invoice, rate)
  return given
}

export function rateOf({ rates }: Creditable, taxCategory: string): CreditableRate | undefined {
  return rates.find(({ categories }) => categories === undefined || categories.includes(taxCategory))
}

function exceedsInvoice({ number, restMinor, currency, rates }: Creditable, rate?: CreditableRate): Error {
  const percent = rates.length > 1 ? rate?.rate?.percent : undefined
  const left = rate === undefined ? restMinor : grossOf(restOf(rate))
  const where = percent === undefined ? '' : `, taxed at ${percent} %,`
  return billingErrors.credit_exceeds_invoice(
    `Give back at most ${say(left, currency)} of invoice ${number}${where} with tax: that is what is left of it.`,
  )
}

function say(amountMinor: bigint, currency: CurrencyCode): string {
  return `${moneyToDecimal(moneyOf(amountMinor, currency))} ${currency}`
}

function abs(amountMinor: bigint): bigint {
  return amountMinor < 0n ? -amountMinor : amountMinor
}
