/**
 * On which invoices a correction's lines are given back. Pure.
 *
 * What a period was charged is on its own invoice and on later ones that corrected it, and what it was reduced by is on other
 * periods' invoices: the money is in all of the contract's invoices together, so any of them may have to give. The first that has
 * enough left gives all; else each in turn gives what it has. Nothing exceeds what an invoice has left of a tax rate, and nobody gives back
 * by another rate than the first.
 */
import { moneyOf, moneyToDecimal, Rational, type InvoiceId } from '../../core/index.ts'
import type { BillLine } from '../billing-types.ts'
import { rateOf } from '../credit-notes/compose-credit.ts'
import { basisOf, restOf } from '../credit-notes/credit-of-rate.ts'
import type { Creditable, CreditableRate } from '../credit-notes/credit-note-types.ts'

/** Signed lines, negative where they give back, as they are kept of the credit note. */
export type CreditShare = { readonly invoiceId: InvoiceId; readonly lines: readonly BillLine[] }

/** What is given back already of each rate, by what was spread before. */
export type Taken = Map<CreditableRate, bigint>

/**
 * @param lines of one category of tax, together negative
 * @param invoices in the order in which they are asked
 * @returns undefined, and leaves `taken` alone, unless all of it can be given back
 */
export function spreadCredit(
  lines: readonly BillLine[],
  invoices: readonly Creditable[],
  taken: Taken,
): readonly CreditShare[] | undefined {
  const [{ taxCategory } = { taxCategory: '' }] = lines
  const rates = invoices.map((invoice) => ({ invoice, rate: rateOf(invoice, taxCategory) }))
  const first = rates.find(({ rate }) => rate !== undefined)?.rate
  const rooms = rates.flatMap(({ invoice, rate }) => {
    if (rate === undefined || sayRate(rate) !== sayRate(first)) return []
    const room = basisOf(restOf(rate), invoice.prices) - (taken.get(rate) ?? 0n)
    return room > 0n ? [{ invoiceId: invoice.invoiceId, rate, room }] : []
  })
  const wanted = givenBy(lines)
  const whole = rooms.find(({ room }) => room >= wanted)
  const asked = whole === undefined ? rooms : [whole]
  if (asked.reduce((sum, { room }) => sum + room, 0n) < wanted) return undefined
  const shares: CreditShare[] = []
  let rest = lines
  for (const { invoiceId, rate, room } of asked) {
    if (rest.length === 0) break
    const [own, left] = cut(rest, room)
    shares.push({ invoiceId, lines: own })
    taken.set(rate, (taken.get(rate) ?? 0n) + givenBy(own))
    rest = left
  }
  return shares
}

function sayRate(of: CreditableRate | undefined): string {
  return JSON.stringify([of?.rate?.code, of?.rate?.percent])
}

export function givenBy(lines: readonly BillLine[]): bigint {
  return lines.reduce((sum, { amountMinor }) => sum - amountMinor, 0n)
}

/** The lines that give back `most` together, the last of them in part, and what is left of them. */
function cut(
  lines: readonly BillLine[],
  most: bigint,
): readonly [own: readonly BillLine[], left: readonly BillLine[]] {
  if (givenBy(lines) <= most) return [lines, []]
  const own: BillLine[] = []
  const left: BillLine[] = []
  let room = most
  // Those that charge come first: they make room for the others.
  for (const line of lines.toSorted(
    (one, other) => Number(other.amountMinor > 0n) - Number(one.amountMinor > 0n),
  )) {
    const given = -line.amountMinor
    if (given <= room) own.push(line)
    else if (room > 0n) {
      const [first, second] = cutLine(line, room)
      own.push(first)
      left.push(second)
    } else left.push(line)
    room -= given < room ? given : room
  }
  return [own, left]
}

/** The first part keeps the quantity. */
function cutLine(line: BillLine, given: bigint): readonly [first: BillLine, second: BillLine] {
  const amount = Rational.parseDecimal(moneyToDecimal(moneyOf(-given, line.currency)))
  const unrounded = Rational.parseExact(line.unroundedAmount)
  return [
    { ...line, amountMinor: -given, unroundedAmount: amount.toString() },
    {
      ...line,
      quantity: '0',
      amountMinor: line.amountMinor + given,
      unroundedAmount: unrounded.minus(amount).toString(),
    },
  ]
}
