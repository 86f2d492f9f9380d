/** Manual lines: adding one to a contract's next invoice, and removing it while it is pending. */
import type { Kysely, Selectable } from 'kysely'
import { recordChange } from '../../audit/index.ts'
import {
  coreErrors,
  generateId,
  getCurrency,
  type ContractId,
  type CurrencyCode,
  type InvoiceId,
  type ManualLineId,
  type ManufacturerId,
} from '../../core/index.ts'
import { readSortedPage, tenantLedger, type LedgerTables } from '../../db/index.ts'
import type { BillingContext, ChangingContext } from '../billing-context.ts'
import type { Contract } from '../billing-types.ts'
import { contractPeriodAt } from '../contracts/contract-periods.ts'
import { getContract, readClosedTo } from '../contracts/contracts.ts'
import { billingErrors } from '../errors.ts'
import { assertPageLimit, issuesOfName, issuesOfReason, issueUnless, refuseInput } from '../input-check.ts'
import { withLedgerErrors } from '../ledger-errors.ts'
import { readVersionsInForce } from '../tariffs/tariff-versions.ts'
import {
  manualLineSorts,
  type AddManualLineInput,
  type ManualLine,
  type ManualLineChanges,
  type ManualLineReads,
} from './manual-line-types.ts'

type LineRow = Selectable<LedgerTables['manual_lines']> & { readonly invoice_status: string | null }

const MAX_AMOUNT_MINOR = 10n ** 15n
const categoryPattern = /^[a-z][a-z0-9_]{0,63}$/

export function manualLineReads({ ledger }: BillingContext): ManualLineReads {
  return {
    async listManualLines(manufacturerId, { contractId, state, ...page }) {
      assertPageLimit(page.limit)
      let query = selectLines(tenantLedger(ledger, manufacturerId))
      if (contractId !== undefined) query = query.where('manual_lines.contract_id', '=', contractId)
      if (state === 'removed') query = query.where('manual_lines.removed_at', 'is not', null)
      if (state === 'invoiced') query = query.where('invoices.status', '<>', 'void')
      if (state === 'pending') {
        query = query
          .where('manual_lines.removed_at', 'is', null)
          .where((where) =>
            where.or([where('invoices.status', 'is', null), where('invoices.status', '=', 'void')]),
          )
      }
      const { items, nextAfter } = await readSortedPage(query, manualLineSorts, page)
      return { items: items.map(toManualLine), nextAfter }
    },

    findManualLine: (manufacturerId, manualLineId) => findManualLine(ledger, manufacturerId, manualLineId),
  }
}

export function manualLineChanges(context: ChangingContext): ManualLineChanges {
  const { ledger, clock, actor, randomBytes } = context
  return {
    async addManualLine(manufacturerId, contractId, input) {
      checkInput(input)
      return await ledger.transaction().execute(async (transaction) => {
        const contract = await getContract(transaction, manufacturerId, contractId)
        await assertFits(transaction, contract, input)
        const id = generateId('manual_line', randomBytes)
        const line: ManualLine = {
          id,
          contractId: contract.id,
          description: input.description,
          amountMinor: input.amountMinor,
          currency: getCurrency(input.currency).code,
          taxCategory: input.taxCategory,
          reason: input.reason,
          madeBy: actor.name,
          createdAt: clock.now(),
          removedAt: undefined,
          invoiceId: undefined,
        }
        await transaction
          .insertInto('manual_lines')
          .values({
            id,
            manufacturer_id: manufacturerId,
            contract_id: contract.id,
            description: line.description,
            amount_minor: line.amountMinor,
            currency: line.currency,
            tax_category: line.taxCategory,
            reason: line.reason,
            made_by: line.madeBy,
            created_at: line.createdAt,
            removed_at: null,
            invoice_id: null,
          })
          .execute()
        await recordChange(transaction, {
          manufacturerId,
          actor,
          action: 'manual_line.added',
          subject: { kind: 'manual_line', id },
          after: describe(line),
          reason: line.reason,
          at: clock.now(),
        })
        await context.onMade(transaction, id)
        return line
      })
    },

    async removeManualLine(manufacturerId, manualLineId) {
      return await withLedgerErrors(() =>
        ledger.transaction().execute(async (transaction) => {
          const line = await findManualLine(transaction, manufacturerId, manualLineId)
          if (line === undefined) {
            throw billingErrors.manual_line_not_found('Use the id of a line of one of your own contracts.')
          }
          if (line.removedAt !== undefined) return line
          // The trigger refuses a line that an invoice has; that of a void one is pending again.
          const removed = { ...line, removedAt: clock.now(), invoiceId: undefined }
          await transaction
            .updateTable('manual_lines')
            .set({ removed_at: removed.removedAt, invoice_id: null })
            .where('id', '=', line.id)
            .execute()
          await recordChange(transaction, {
            manufacturerId,
            actor,
            action: 'manual_line.removed',
            subject: { kind: 'manual_line', id: line.id },
            before: describe(line),
            at: clock.now(),
          })
          return removed
        }),
      )
    },
  }
}

function selectLines(ledger: Kysely<LedgerTables>) {
  return ledger
    .selectFrom('manual_lines')
    .leftJoin('invoices', 'invoices.id', 'manual_lines.invoice_id')
    .selectAll('manual_lines')
    .select('invoices.status as invoice_status')
}

async function findManualLine(
  ledger: Kysely<LedgerTables>,
  manufacturerId: ManufacturerId,
  manualLineId: string,
): Promise<ManualLine | undefined> {
  const row = await selectLines(tenantLedger(ledger, manufacturerId))
    .where('manual_lines.id', '=', manualLineId)
    .executeTakeFirst()
  return row === undefined ? undefined : toManualLine(row)
}

function toManualLine(row: LineRow): ManualLine {
  const isTaken = row.invoice_id !== null && row.invoice_status !== 'void'
  return {
    id: row.id as ManualLineId,
    contractId: row.contract_id as ContractId,
    description: row.description,
    amountMinor: row.amount_minor,
    currency: row.currency as CurrencyCode,
    taxCategory: row.tax_category,
    reason: row.reason,
    madeBy: row.made_by,
    createdAt: row.created_at,
    removedAt: row.removed_at ?? undefined,
    invoiceId: isTaken ? (row.invoice_id as InvoiceId) : undefined,
  }
}

function checkInput({ description, amountMinor, currency, taxCategory, reason }: AddManualLineInput): void {
  const { code, settlementStep } = getCurrency(currency)
  const isInBounds = amountMinor !== 0n && amountMinor < MAX_AMOUNT_MINOR && amountMinor > -MAX_AMOUNT_MINOR
  refuseInput([
    ...issuesOfName(description, '/description'),
    ...issueUnless(isInBounds, '/amountMinor', 'Give an amount that is not zero, of at most 15 digits.'),
    ...issueUnless(
      amountMinor % settlementStep === 0n,
      '/amountMinor',
      `Write a multiple of ${settlementStep}: ${code} is not paid in smaller amounts.`,
    ),
    ...issueUnless(
      categoryPattern.test(taxCategory),
      '/taxCategory',
      'Name a tax category as tariffs do: "standard".',
    ),
    ...issuesOfReason(reason),
  ])
}

/** The next invoice's first version says its currency; another is refused here already. */
async function assertFits(
  ledger: Kysely<LedgerTables>,
  contract: Contract,
  { currency }: AddManualLineInput,
): Promise<void> {
  const billedTo = (await readClosedTo(ledger, contract.id)) ?? contract.startsAt
  if (contract.endsAt !== undefined && billedTo >= contract.endsAt) {
    throw billingErrors.contract_not_running(
      'Credit one of its invoices instead, or put the line on another contract: this one has ended and is invoiced to its end.',
    )
  }
  const [first] = await readVersionsInForce(ledger, contract, contractPeriodAt(contract, billedTo))
  const expected = first?.document.currency
  if (expected === undefined || expected === currency) return
  throw coreErrors.currency_mismatch(
    `Write the amount in ${expected}: the contract's next invoice is in it, not in ${currency}.`,
  )
}

function describe({
  contractId,
  description,
  amountMinor,
  currency,
  taxCategory,
  reason,
}: ManualLine): object {
  return { contractId, description, amountMinor: amountMinor.toString(), currency, taxCategory, reason }
}
