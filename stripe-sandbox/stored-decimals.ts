/** The SDK's decimals are objects, and in a state file they are texts. What was read from one gets its objects back. */
import { Stripe } from 'stripe'
import type { StoredCreditNote, StoredInvoice } from './sandbox-state.ts'

export function withDecimals(kind: string, item: unknown): unknown {
  if (kind === 'invoices') return invoiceWithDecimals(item as StoredInvoice)
  if (kind === 'creditNotes') return creditNoteWithDecimals(item as StoredCreditNote)
  return item
}

function invoiceWithDecimals(stored: StoredInvoice): StoredInvoice {
  const lines = stored.lines.map((line) => ({
    ...line,
    quantity_decimal: toDecimal(line.quantity_decimal),
    pricing:
      line.pricing === null
        ? null
        : { ...line.pricing, unit_amount_decimal: toDecimal(line.pricing.unit_amount_decimal) },
  }))
  return { ...stored, lines }
}

function creditNoteWithDecimals(stored: StoredCreditNote): StoredCreditNote {
  const lines = stored.lines.map((line) => ({
    ...line,
    unit_amount_decimal: toDecimal(line.unit_amount_decimal),
  }))
  return { ...stored, lines }
}

function toDecimal(text: Stripe.Decimal | null): Stripe.Decimal | null {
  return text === null ? null : Stripe.Decimal.from(String(text))
}
