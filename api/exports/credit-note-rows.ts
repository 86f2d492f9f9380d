/** The rows of an export of credit notes, read page by page as they are taken. */
import { formatInstant, moneyOf, moneyToDecimal, type ManufacturerId, type Period } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import type { ExportRow } from './export-rows.ts'

const NOTES_PER_PAGE = 50

export const creditNoteColumns = [
  'id',
  'number',
  'kind',
  'invoiceId',
  'invoiceNumber',
  'customerId',
  'issuedAt',
  'reason',
  'currency',
  'tax',
  'taxMinor',
  'total',
  'totalMinor',
] as const

/** Those issued in the span, newest first. What is given back is positive. */
export async function* creditNoteRows(
  billing: ApiBilling,
  manufacturerId: ManufacturerId,
  issued: Period,
): AsyncGenerator<ExportRow> {
  let after: string | undefined
  do {
    const page = await billing.listCreditNotes(manufacturerId, { limit: NOTES_PER_PAGE, issued, after })
    for (const note of page.items) {
      yield {
        id: note.id,
        number: note.number,
        kind: note.kind,
        invoiceId: note.invoiceId,
        invoiceNumber: note.invoiceNumber,
        customerId: note.customerId,
        issuedAt: formatInstant(note.issuedAt),
        reason: note.reason,
        currency: note.currency,
        tax: moneyToDecimal(moneyOf(note.taxMinor, note.currency)),
        taxMinor: note.taxMinor.toString(),
        total: moneyToDecimal(moneyOf(note.totalMinor, note.currency)),
        totalMinor: note.totalMinor.toString(),
      }
    }
    after = page.nextAfter
  } while (after !== undefined)
}
