/**
 * The tax of a rated bill: its lines by the manufacturer's table, on the last day of the service period in the contract's zone, for
 * the customer as it is known now. Whoever issues computes it again in the issuing transaction, so that a table or a customer that changed meanwhile
 * is never taxed by what was before.
 */
import type { Kysely } from 'kysely'
import { AppError, type CurrencyCode, type Period } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import type { Contract } from '../billing-types.ts'
import { zoneOfPeriodAt } from '../contracts/contract-periods.ts'
import { pricesOf } from '../rating/document-terms.ts'
import type { RatedLine } from '../rating/rating-types.ts'
import { formatTaxPins, taxPinsOf, type TaxPins } from '../replay/tax-pins.ts'
import { decideTaxation } from '../tax/decide-taxation.ts'
import { taxErrors } from '../tax/errors.ts'
import { readTaxFacts, readTaxTable } from '../tax/read-tax.ts'
import { taxLines } from '../tax/tax-lines.ts'
import type { Prices, TaxInput, TaxResult } from '../tax/tax-types.ts'
import type { RatingBasis } from './rating-basis.ts'

/** With what it was computed from besides the lines. */
export type BillTax = TaxResult & { readonly prices: Prices; readonly pins: TaxPins }

export type TaxableBill = {
  readonly currency: CurrencyCode
  readonly lines: readonly RatedLine[]
  readonly basis: Pick<RatingBasis, 'versions' | 'upcoming'>
  /** Billed with the period: all of it is taxed as one service that ended with the period. */
  readonly carried: readonly { readonly basis: Pick<RatingBasis, 'versions'> }[]
  /** Asked for while the lines were rated: they do not depend on each other. */
  readonly taxRules: Promise<TaxRules>
}

/** What decides about the tax of a period, whatever its lines. */
export type TaxRules = Pick<TaxInput, 'taxation' | 'table' | 'date'>

/** @throws AppError `tax_prices_mixed`, `tax_place_missing`, `tax_treatment_unclear`, `tax_rate_missing` */
export async function taxOfBill(bill: TaxableBill): Promise<BillTax> {
  const { lines, currency } = bill
  const input = { ...(await bill.taxRules), lines, currency, prices: pricesOfBill(bill) }
  const result = taxLines(input)
  return { ...result, prices: input.prices, pins: taxPinsOf(input, result) }
}

/**
 * Never rejects unheard: nobody may ask for the tax of a bill that fails otherwise.
 * @throws AppError `tax_place_missing`, `tax_treatment_unclear`
 */
export function readTaxRules(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  period: Period,
): Promise<TaxRules> {
  const rules = readRules(ledger, contract, lastDayOf(contract, period))
  rules.catch(() => undefined)
  return rules
}

async function readRules(
  ledger: Kysely<LedgerTables>,
  { manufacturerId, customerId }: Contract,
  date: string,
): Promise<TaxRules> {
  const taxation = decideTaxation(await readTaxFacts(ledger, manufacturerId, customerId))
  return { taxation, table: await readTaxTable(ledger, manufacturerId, taxation.place, date), date }
}

/**
 * Whether lines bear the same rates at the end of their period as at the end of another. Where that cannot be told, since something is missing,
 * they do: the tax of the bill says what.
 */
export async function isTaxedAlike(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  lines: readonly RatedLine[],
  [own, other]: readonly [own: Period, other: Period],
): Promise<boolean> {
  const [first] = lines
  const dates = [lastDayOf(contract, own), lastDayOf(contract, other)]
  if (first === undefined || dates[0] === dates[1]) return true
  try {
    const [then, now] = await Promise.all(
      dates.map(async (date) => {
        const rules = await readRules(ledger, contract, date)
        const { groups } = taxLines({ ...rules, lines, currency: first.currency, prices: 'net' })
        return groups.map(({ code, percent, explanation: { categories } }) => [
          code,
          percent,
          ...categories.map(({ category }) => category),
        ])
      }),
    )
    return JSON.stringify(then) === JSON.stringify(now)
  } catch (error) {
    if (error instanceof AppError) return true
    throw error
  }
}

/** The last day of the service period, in the zone that counts it. */
function lastDayOf(contract: Contract, { from, to }: Period): string {
  const timeZone = zoneOfPeriodAt(contract, from)
  return Temporal.Instant.fromEpochMilliseconds(to - 1)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString()
}

/**
 * Those of the versions in force in the period, and of the ones that fees in advance are from.
 * @throws AppError `tax_prices_mixed`
 */
function pricesOfBill({ lines, basis, carried }: Pick<TaxableBill, 'lines' | 'basis' | 'carried'>): Prices {
  const named = new Set(lines.map(({ explanation }) => explanation.tariffVersionId))
  const [first = 'net', ...others] = new Set(
    [
      ...carried.flatMap((each) => each.basis.versions),
      ...basis.versions,
      ...basis.upcoming.filter(({ id }) => named.has(id)),
    ].map(({ document }) => pricesOf(document)),
  )
  if (others.length === 0) return first
  throw taxErrors.tax_prices_mixed(
    'Publish tariff versions of one kind for the period: some of its prices are before tax and some hold it.',
  )
}

export function isSameTax(left: BillTax, right: BillTax): boolean {
  return fingerprint(left) === fingerprint(right)
}

/** By the pins as they are kept: a row that another invoice came to rest on meanwhile is still the same row. */
function fingerprint(tax: BillTax): string {
  return JSON.stringify({ ...tax, pins: formatTaxPins(tax.pins) }, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}n` : value,
  )
}
