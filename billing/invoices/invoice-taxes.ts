/** The tax groups of an invoice as its rows in `invoice_taxes`: what is asked for by itself in columns, the rest as JSON. */
import type { Selectable, Transaction } from 'kysely'
import type { CurrencyCode, InvoiceId } from '../../core/index.ts'
import type { LedgerTables } from '../../db/index.ts'
import { rowInserter } from './insert-rows.ts'
import type { TaxExplanation, TaxGroup } from '../tax/tax-types.ts'

type TaxRow = Selectable<LedgerTables['invoice_taxes']>
type TaxDetail = Pick<TaxGroup, 'notes' | 'sentences'> & {
  readonly explanation: Omit<TaxExplanation, 'sumMinor'> & { readonly sumMinor: string }
}

export async function insertTaxes(
  transaction: Transaction<LedgerTables>,
  invoiceId: InvoiceId,
  groups: readonly TaxGroup[],
): Promise<void> {
  const rows = groups.map(({ code, percent, netMinor, taxMinor, ...group }, index) => {
    const { notes, sentences, explanation } = group
    const detail: TaxDetail = {
      notes,
      sentences,
      explanation: { ...explanation, sumMinor: explanation.sumMinor.toString() },
    }
    return {
      invoice_id: invoiceId,
      position: index + 1,
      code,
      percent,
      net_minor: netMinor,
      tax_minor: taxMinor,
      detail: JSON.stringify(detail),
    }
  })
  await insertRows(transaction, rows)
}

const insertRows = rowInserter('invoice_taxes')

export function toTaxGroup(row: TaxRow, currency: CurrencyCode): TaxGroup {
  const { explanation, ...said } = JSON.parse(row.detail) as TaxDetail
  return {
    code: row.code,
    percent: row.percent,
    currency,
    netMinor: row.net_minor,
    taxMinor: row.tax_minor,
    grossMinor: row.net_minor + row.tax_minor,
    ...said,
    explanation: { ...explanation, sumMinor: BigInt(explanation.sumMinor) },
  }
}
