/**
 * The table of tax rates that a manufacturer keeps. A row is added and ended, never changed: another rate is another row
 * from its day on, which replaces the earlier one.
 *
 * What issued invoices were taxed by stays: no row may begin on or before the last day that an earlier one of its place and category
 * was used for, and none may end by then. A row that was never used can be taken back: it ends on the day on which it begins.
 */
import type { Kysely, Selectable } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import { generateId, Rational, type ManufacturerId, type TaxRateId } from '../../core/index.ts'
import { readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { AddTaxRateInput, BillingChanges } from '../billing-changes.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Billing, StoredTaxRate } from '../billing-types.ts'
import { assertPageLimit, refuseInput } from '../input-check.ts'
import { taxRateSorts } from '../list-sorts.ts'
import { assertManufacturer } from '../people/manufacturers.ts'
import { taxErrors } from './errors.ts'
import { issuesOfDate, issuesOfTaxRate } from './tax-rate-check.ts'
import type { TaxCode, TaxRateKind } from './tax-types.ts'

type TaxRateRow = Selectable<LedgerTables['tax_rates']>

const codeOfKind: Readonly<Record<TaxRateKind, TaxCode>> = {
  standard: 'S',
  reduced: 'S',
  zero: 'Z',
  exempt: 'E',
}

export function taxRateReads({ ledger }: BillingContext): Pick<Billing, 'listTaxRates' | 'findTaxRate'> {
  return {
    async listTaxRates(manufacturerId, { place, category, ...page }) {
      assertPageLimit(page.limit)
      let rates = tenantLedger(ledger, manufacturerId).selectFrom('tax_rates').selectAll('tax_rates')
      if (place !== undefined) rates = rates.where('tax_rates.place', '=', place)
      if (category !== undefined) rates = rates.where('tax_rates.category', '=', category)
      const { items, nextAfter } = await readSortedPage(rates, taxRateSorts, page)
      return { items: items.map(toTaxRate), nextAfter }
    },

    async findTaxRate(manufacturerId, taxRateId) {
      const row = await findRow(ledger, manufacturerId, taxRateId)
      return row === undefined ? undefined : toTaxRate(row)
    },
  }
}

export function taxRateChanges(context: ChangingContext): Pick<BillingChanges, 'addTaxRate' | 'endTaxRate'> {
  const { ledger, clock, randomBytes, actor } = context
  return {
    async addTaxRate(manufacturerId, input) {
      refuseInput(issuesOfTaxRate(input))
      return await ledger.transaction().execute(async (transaction) => {
        await assertManufacturer(transaction, manufacturerId)
        await assertFree(transaction, manufacturerId, input)
        const row = await tenantLedger(transaction, manufacturerId)
          .insertInto('tax_rates')
          .values({
            id: generateId('tax_rate', randomBytes),
            manufacturer_id: manufacturerId,
            place: input.place,
            category: input.category,
            percent: Rational.parseDecimal(input.percent).toString(),
            kind: input.kind,
            code: input.code ?? codeOfKind[input.kind],
            note: input.note ?? null,
            from_on: input.from,
            created_at: clock.now(),
          })
          .returningAll()
          .executeTakeFirstOrThrow()
        const rate = toTaxRate(row)
        await recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'tax_rate.added',
          subject: { kind: 'tax_rate', id: rate.id },
          after: describe(rate),
          at: clock.now(),
        })
        await context.onMade(transaction, rate.id)
        return rate
      })
    },

    async endTaxRate(manufacturerId, taxRateId, to) {
      refuseInput(issuesOfDate(to, '/to'))
      return await ledger.transaction().execute(async (transaction) => {
        const before = await findRow(transaction, manufacturerId, taxRateId)
        if (before === undefined) {
          throw taxErrors.tax_rate_not_found('Use the id of one of your own tax rates.')
        }
        if (before.to_on === to) return toTaxRate(before)
        assertEnds(before, to)
        const row = await tenantLedger(transaction, manufacturerId)
          .updateTable('tax_rates')
          .set({ to_on: to })
          .where('id', '=', before.id)
          .returningAll()
          .executeTakeFirstOrThrow()
        const rate = toTaxRate(row)
        await recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'tax_rate.ended',
          subject: { kind: 'tax_rate', id: rate.id },
          before: describe(toTaxRate(before)),
          after: describe(rate),
          at: clock.now(),
        })
        return rate
      })
    },
  }
}

async function assertFree(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  { place, category, from }: AddTaxRateInput,
): Promise<void> {
  const rows = await tenantLedger(ledger, manufacturerId)
    .selectFrom('tax_rates')
    .selectAll('tax_rates')
    .where('tax_rates.place', '=', place)
    .where('tax_rates.category', '=', category)
    .execute()
  const counting = rows.filter(({ from_on, to_on }) => from_on !== to_on)
  if (counting.some(({ from_on }) => from_on === from)) {
    throw taxErrors.tax_rate_exists(
      `Choose another day: a rate for "${category}" in ${place} from ${from} is there. If it is wrong, end it on that day first.`,
    )
  }
  const used = counting.find(
    ({ from_on, used_until_on }) => from_on < from && used_until_on !== null && used_until_on >= from,
  )
  if (used === undefined) return
  throw taxErrors.tax_rate_in_use(
    `Let the rate begin after ${String(used.used_until_on)}: invoices up to that day are issued with the rate from ${used.from_on}.`,
  )
}

function assertEnds({ from_on, to_on, used_until_on }: TaxRateRow, to: string): void {
  if (to_on !== null) {
    throw taxErrors.tax_rate_already_ended(`Add another rate instead: this one ended on ${to_on}.`)
  }
  if (used_until_on !== null && to <= used_until_on) {
    throw taxErrors.tax_rate_in_use(
      `End the rate after ${used_until_on}: invoices up to that day are issued with it.`,
    )
  }
  const isRight = to >= from_on
  refuseInput(
    isRight ? [] : [{ pointer: '/to', detail: `Let the rate end on ${from_on}, when it begins, or later.` }],
  )
}

async function findRow(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  taxRateId: string,
): Promise<TaxRateRow | undefined> {
  return await tenantLedger(ledger, manufacturerId)
    .selectFrom('tax_rates')
    .selectAll('tax_rates')
    .where('tax_rates.id', '=', taxRateId)
    .executeTakeFirst()
}

/** As JSON: what is absent is null. */
function describe({ id: _id, createdAt: _createdAt, usedUntil: _usedUntil, ...rate }: StoredTaxRate): object {
  return { ...rate, note: rate.note ?? null, to: rate.to ?? null }
}

export function toTaxRate(row: TaxRateRow): StoredTaxRate {
  return {
    id: row.id as TaxRateId,
    place: row.place,
    category: row.category,
    percent: row.percent,
    kind: row.kind,
    code: row.code,
    note: row.note ?? undefined,
    from: row.from_on,
    to: row.to_on ?? undefined,
    usedUntil: row.used_until_on ?? undefined,
    createdAt: row.created_at,
  }
}
