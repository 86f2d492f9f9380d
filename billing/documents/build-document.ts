/** From parties, lines and their tax to the value that PDF and XML are made from: for invoices and credit notes alike. */
import type { CurrencyCode, Period } from '../../core/index.ts'
import type { InvoiceDocument } from '../../documents/index.ts'
import type { TaxResult } from '../tax/tax-types.ts'
import { toDocumentLines, type LinesTax, type TaxedLine } from './document-lines.ts'
import type { Parties } from './read-parties.ts'

export type DocumentFacts = Pick<
  InvoiceDocument,
  'kind' | 'number' | 'corrects' | 'issuedOn' | 'dueOn' | 'timeZone' | 'billUrl'
> & {
  readonly servicePeriod: Period
  readonly currency: CurrencyCode
  /** Of a credit note: what is given back, so an ordinary one has positive amounts. */
  readonly lines: readonly TaxedLine[]
  readonly tax: LinesTax & Pick<TaxResult, 'netMinor' | 'taxMinor' | 'grossMinor'>
  readonly notes?: readonly string[]
}

/** What it lacks is for `assertInvoiceDocument` to say. */
export function buildDocument(
  { seller, buyer, language }: Parties,
  { lines, tax, notes = [], ...facts }: DocumentFacts,
): InvoiceDocument {
  const said = toDocumentLines(lines, tax, { currency: facts.currency, language })
  const { netMinor, taxMinor, grossMinor } = tax
  return {
    ...facts,
    language,
    seller,
    buyer,
    lines: said.lines,
    taxGroups: said.taxGroups,
    totals: { netMinor, taxMinor, grossMinor, paidMinor: 0n, payableMinor: grossMinor },
    notes: [...said.notes, ...notes],
  }
}

/** The civil date of an instant. */
export function civilDateIn(timeZone: string, at: number): string {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate().toString()
}

/** The last day for paying; null where nothing is to be paid. */
export function dueDay(issuedOn: string, paymentTermDays: number, payableMinor: bigint): string | null {
  if (payableMinor <= 0n) return null
  return Temporal.PlainDate.from(issuedOn).add({ days: paymentTermDays }).toString()
}
