/**
 * Which manual lines are on the bill of a period, and their place on it. A line is pending until an invoice takes it, and again
 * once that invoice is void; every pending line is on the bill of the contract's first period that is not closed, so that
 * it is on one bill only. A period that is issued anew keeps the lines that its void invoice had, as long as no other took them.
 */
import type { Kysely, Selectable, Transaction } from 'kysely'
import {
  assertInvariant,
  coreErrors,
  getCurrency,
  moneyOf,
  moneyToDecimal,
  type ContractId,
  type CurrencyCode,
  type InvoiceId,
  type ManualLineId,
  type Period,
} from '../../core/index.ts'
import { gatherCalls, type LedgerTables } from '../../db/index.ts'
import type { Contract } from '../billing-types.ts'
import { readClosedTo } from '../contracts/contracts.ts'
import { sayLine } from '../rating/line-sentence.ts'
import type { RatedLine } from '../rating/rating-types.ts'
import type { ManualLine } from './manual-line-types.ts'

export const MANUAL_ITEM_ID = 'manual'

type BilledLine = Pick<
  ManualLine,
  'id' | 'description' | 'amountMinor' | 'currency' | 'taxCategory' | 'reason'
>

/** @param replaces the invoice that the period is issued anew for: its lines, as if it were void already */
export async function readPendingLines(
  ledger: Kysely<LedgerTables>,
  contract: Pick<Contract, 'id' | 'startsAt'>,
  period: Period,
  replaces?: InvoiceId,
): Promise<readonly BilledLine[]> {
  const rows = await readFreeLines(ledger, { contractId: contract.id, replaces })
  if (rows.length === 0) return []
  const issuedAnewFor = replaces ?? (await findVoidInvoice(ledger, contract.id, period))
  if (issuedAnewFor !== undefined) {
    return rows.filter((row) => row.invoice_id === issuedAnewFor).map(toBilledLine)
  }
  const billedTo = (await readClosedTo(ledger, contract.id)) ?? contract.startsAt
  return period.from <= billedTo && billedTo < period.to ? rows.map(toBilledLine) : []
}

/** Those of a contract that no invoice has but void ones and the one that is replaced, in the order of their making. */
const readFreeLines = gatherCalls(
  async (
    ledger: Kysely<LedgerTables>,
    asked: readonly { readonly contractId: ContractId; readonly replaces: InvoiceId | undefined }[],
  ) => {
    const replaced = asked.flatMap(({ replaces }) => replaces ?? [])
    const rows = await ledger
      .selectFrom('manual_lines')
      .leftJoin('invoices', 'invoices.id', 'manual_lines.invoice_id')
      .selectAll('manual_lines')
      .select('invoices.status as invoice_status')
      .where(
        'manual_lines.contract_id',
        'in',
        asked.map(({ contractId }) => contractId),
      )
      .where('manual_lines.removed_at', 'is', null)
      .where((where) =>
        where.or([
          where('manual_lines.invoice_id', 'is', null),
          where('invoices.status', '=', 'void'),
          where('manual_lines.invoice_id', 'in', replaced),
        ]),
      )
      .orderBy('manual_lines.created_at')
      .orderBy('manual_lines.id')
      .execute()
    const ofContract = Map.groupBy(rows, (row) => row.contract_id)
    return asked.map(({ contractId, replaces }) =>
      (ofContract.get(contractId) ?? []).filter(
        ({ invoice_id, invoice_status }) =>
          invoice_id === null || invoice_status === 'void' || invoice_id === replaces,
      ),
    )
  },
)

/** The one that ends with the period and that nothing replaces yet. */
async function findVoidInvoice(
  ledger: Kysely<LedgerTables>,
  contractId: ContractId,
  period: Period,
): Promise<string | undefined> {
  const rows = await ledger
    .selectFrom('invoices')
    .select(['id', 'status'])
    .where('contract_id', '=', contractId)
    .where('kind', '=', 'period')
    .where('period_to_at', '=', period.to)
    .orderBy('created_at')
    .execute()
  return rows.every(({ status }) => status === 'void') ? rows.at(-1)?.id : undefined
}

/** In the transaction that issues: the lines are on this invoice, and on no other that is not void. */
export async function takePendingLines(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  lines: readonly Pick<BilledLine, 'id'>[],
): Promise<void> {
  if (lines.length === 0) return
  const { numUpdatedRows } = await transaction
    .updateTable('manual_lines')
    .set({ invoice_id: invoiceId })
    .where(
      'id',
      'in',
      lines.map(({ id }) => id),
    )
    .executeTakeFirstOrThrow()
  assertInvariant(numUpdatedRows === BigInt(lines.length), 'A pending line is there until it is taken.')
}

/** @throws AppError `currency_mismatch` */
export function toManualLines(
  lines: readonly BilledLine[],
  {
    currency,
    period,
    tariffVersionId,
  }: {
    readonly currency: CurrencyCode
    readonly period: Period
    readonly tariffVersionId: string
  },
): readonly RatedLine[] {
  return lines.map((line) => {
    if (line.currency !== currency) {
      throw coreErrors.currency_mismatch(
        `Remove the manual line "${line.description}" and add it in ${currency}: it is in ${line.currency}, and one bill cannot be in both.`,
      )
    }
    const amount = moneyToDecimal(moneyOf(line.amountMinor, currency))
    const rated = {
      itemId: MANUAL_ITEM_ID,
      description: line.description,
      quantity: '1',
      unit: 'item',
      unitPrice: amount,
      currency: getCurrency(currency).code,
      taxCategory: line.taxCategory,
      unroundedAmount: amount,
      amountMinor: line.amountMinor,
      explanation: {
        tariffVersionId,
        period,
        rounding: 'half_even' as const,
        member: { kind: 'contract' as const },
        steps: [{ kind: 'manual' as const, reason: line.reason, amount }],
        usage: [],
        peaks: [],
        events: [],
        allocation: [],
      },
    }
    return { ...rated, sentence: sayLine(rated, 'en') }
  })
}

function toBilledLine(row: Selectable<LedgerTables['manual_lines']>): BilledLine {
  return {
    id: row.id as ManualLineId,
    description: row.description,
    amountMinor: row.amount_minor,
    currency: row.currency as CurrencyCode,
    taxCategory: row.tax_category,
    reason: row.reason,
  }
}
