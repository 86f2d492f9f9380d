/**
 * The endpoints of credit notes. One on an open invoice lowers what remains of it, and makes it paid when nothing remains; the part that comes
 * after payment is split exactly into a refund, the customer's balance, refunds that were made before, and what is settled elsewhere. A note is
 * voided only while it has no such part and its invoice is open.
 */
import type { Stripe } from 'stripe'
import { creditNoteContent, type CreditNoteContent } from './credit-note-content.ts'
import { askForTheRest, cancelOpenPayment } from './open-payment.ts'
import { assertNothingUnderWay } from './collect-invoice.ts'
import { changeBalance } from './customer-balance.ts'
import { getCustomer } from './customer-store.ts'
import { expandReader, noExpansion, type Expansion } from './expansion.ts'
import { changeInvoice, getInvoice, markPaid } from './invoice-store.ts'
import { fits, listOperation } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOf, pageReaders, scopeOf } from './pagination.ts'
import {
  decimal,
  emptyable,
  idText,
  integer,
  list,
  metadata,
  object,
  oneOf,
  range,
  readParameters,
  text,
  type ReadersOf,
} from './parameters.ts'
import { refundCharge } from './refunds.ts'
import type { StoredCreditNote } from './sandbox-state.ts'
import { showCustomer, showInvoice } from './show-invoice.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const expansions = ['invoice', 'customer', 'refunds.refund']
const expand = expandReader(expansions)

const lineReader = object(
  {
    type: oneOf(['invoice_line_item', 'custom_line_item']),
    amount: integer,
    description: text(500),
    invoice_line_item: idText,
    metadata,
    quantity: integer,
    unit_amount: integer,
    unit_amount_decimal: decimal,
    tax_amounts: emptyable(
      list(
        object({ amount: integer, taxable_amount: integer, tax_rate: idText }, [
          'amount',
          'taxable_amount',
          'tax_rate',
        ]),
      ),
    ),
  },
  ['type'],
)

const requestReaders = {
  invoice: idText,
  amount: integer,
  credit_amount: integer,
  effective_at: integer,
  email_type: oneOf(['credit_note', 'none']),
  expand,
  lines: list(lineReader),
  memo: text(500),
  metadata,
  out_of_band_amount: integer,
  reason: oneOf(['duplicate', 'fraudulent', 'order_change', 'product_unsatisfactory']),
  refund_amount: integer,
  refunds: list(object({ refund: idText, amount_refunded: integer }, ['refund'])),
} satisfies ReadersOf<Stripe.CreditNoteCreateParams & Stripe.CreditNotePreviewParams>

export const creditNoteOperations: readonly Operation[] = [
  {
    name: 'preview_credit_note',
    method: 'GET',
    path: '/v1/credit_notes/preview',
    prepare(context, form) {
      const given = readParameters(form, requestReaders, ['invoice'])
      return (): Stripe.CreditNote => {
        const content = creditNoteContent(context, context.newId('cn'), given)
        return showCreditNote(context, content, given.expand ?? noExpansion)
      }
    },
  },
  {
    name: 'create_credit_note',
    method: 'POST',
    path: '/v1/credit_notes',
    prepare(context, form) {
      const given = readParameters(form, requestReaders, ['invoice'])
      return (): Stripe.CreditNote => {
        const issued = issue(context, creditNoteContent(context, context.newId('cn'), given))
        return showCreditNote(context, issued, given.expand ?? noExpansion)
      }
    },
  },
  listOperation({
    name: 'list_credit_notes',
    path: '/v1/credit_notes',
    readers: {
      invoice: idText,
      customer: idText,
      created: range,
      expand: expandReader(expansions, 'data.'),
    } satisfies ReadersOf<Stripe.CreditNoteListParams>,
    collection: (state) => state.creditNotes,
    scope: ({ invoice, customer }) => scopeOf('invoice', invoice) ?? scopeOf('customer', customer),
    isWanted: ({ creditNote }, { customer, created }) =>
      fits(customer, creditNote.customer) && created?.(creditNote.created) !== false,
    show: (stored, { expand: wanted }, context) => showCreditNote(context, stored, wanted ?? noExpansion),
  }),
  {
    name: 'retrieve_credit_note',
    method: 'GET',
    path: '/v1/credit_notes/{id}',
    prepare(context, form, id) {
      const given = readParameters(form, { expand })
      return (): Stripe.CreditNote =>
        showCreditNote(context, getCreditNote(context, id), given.expand ?? noExpansion)
    },
  },
  {
    name: 'list_credit_note_lines',
    method: 'GET',
    path: '/v1/credit_notes/{id}/lines',
    prepare(context, form, id) {
      const page = readParameters(form, pageReaders)
      return (): Stripe.ApiList<Stripe.CreditNoteLineItem> =>
        pageOf(getCreditNote(context, id).lines, page, `/v1/credit_notes/${id}/lines`)
    },
  },
  {
    name: 'void_credit_note',
    method: 'POST',
    path: '/v1/credit_notes/{id}/void',
    prepare(context, form, id) {
      const given = readParameters(form, { expand })
      return (): Stripe.CreditNote =>
        showCreditNote(context, voidCreditNote(context, id), given.expand ?? noExpansion)
    },
  },
]

function issue(context: SandboxContext, content: CreditNoteContent): StoredCreditNote {
  const { creditNote, lines, creditAmount, refundAmount, refundedCharge } = content
  if (creditNote.pre_payment_amount > 0) {
    assertNothingUnderWay(context, getInvoice(context.state, creditNote.invoice))
  }
  const refund =
    refundedCharge === undefined ? undefined : refundCharge(context, refundedCharge, { amount: refundAmount })
  const customer = getCustomer(context.state, creditNote.customer, 'customer', 400)
  const transaction =
    creditAmount === 0
      ? undefined
      : changeBalance(context, customer, {
          currency: creditNote.currency,
          amount: -creditAmount,
          type: 'credit_note',
          invoice: creditNote.invoice,
          creditNote: creditNote.id,
        })
  const issued = {
    lines,
    creditNote: {
      ...creditNote,
      customer_balance_transaction: transaction?.id ?? null,
      refunds: [
        ...creditNote.refunds,
        ...(refund === undefined
          ? []
          : [
              {
                type: 'refund',
                refund: refund.id,
                amount_refunded: refund.amount,
                payment_record_refund: null,
              },
            ]),
      ],
    },
  }
  context.state.creditNotes.put(issued)
  context.emit('credit_note.created', issued.creditNote)
  applyToInvoice(context, creditNote)
  return issued
}

function applyToInvoice(context: SandboxContext, note: CreditNoteContent['creditNote']): void {
  const stored = getInvoice(context.state, note.invoice)
  const { invoice } = stored
  const changed = changeInvoice(context, stored, {
    amount_due: invoice.amount_due - note.pre_payment_amount,
    amount_remaining: invoice.amount_remaining - note.pre_payment_amount,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + note.pre_payment_amount,
    post_payment_credit_notes_amount: invoice.post_payment_credit_notes_amount + note.post_payment_amount,
  })
  askForTheRest(context, changed)
  context.emit('invoice.updated', changed.invoice)
  if (note.pre_payment_amount === 0 || changed.invoice.amount_remaining > 0) return
  cancelOpenPayment(context, changed)
  markPaid(context, changed, 0)
}

function voidCreditNote(context: SandboxContext, id: string): StoredCreditNote {
  const stored = getCreditNote(context, id)
  const { creditNote } = stored
  const invoice = getInvoice(context.state, creditNote.invoice)
  if (
    creditNote.status !== 'issued' ||
    creditNote.post_payment_amount > 0 ||
    invoice.invoice.status !== 'open'
  ) {
    throw invalidRequest(
      'Only an issued credit note without an amount after payment is voided, while its invoice is open.',
      'status_transition_invalid',
    )
  }
  const { amount_due, amount_remaining, pre_payment_credit_notes_amount } = invoice.invoice
  const changed = changeInvoice(context, invoice, {
    amount_due: amount_due + creditNote.pre_payment_amount,
    amount_remaining: amount_remaining + creditNote.pre_payment_amount,
    pre_payment_credit_notes_amount: pre_payment_credit_notes_amount - creditNote.pre_payment_amount,
  })
  askForTheRest(context, changed)
  const voided = { ...stored, creditNote: { ...creditNote, status: 'void', voided_at: context.nowSecond() } }
  context.state.creditNotes.put(voided)
  context.emit('credit_note.voided', voided.creditNote)
  return voided
}

function getCreditNote({ state }: SandboxContext, id: string): StoredCreditNote {
  const stored = state.creditNotes.get(id)
  if (stored === undefined) throw resourceMissing('credit_note', id, 'id')
  return stored
}

function showCreditNote(
  context: SandboxContext,
  { creditNote, lines }: Pick<StoredCreditNote, 'creditNote' | 'lines'>,
  wanted: Expansion,
): Stripe.CreditNote {
  const { state } = context
  const shown: Stripe.CreditNote = { ...creditNote, lines: pageOf(lines, {}, creditNote.lines.url) }
  const invoice = wanted.has('invoice') ? state.invoices.get(creditNote.invoice) : undefined
  const customer = wanted.has('customer') ? state.customers.get(creditNote.customer) : undefined
  return {
    ...shown,
    ...(invoice === undefined ? {} : { invoice: showInvoice(context, invoice, noExpansion) }),
    ...(customer === undefined ? {} : { customer: showCustomer(customer) }),
    ...(wanted.has('refunds.refund')
      ? {
          refunds: shown.refunds.map((entry) => ({
            ...entry,
            refund:
              typeof entry.refund === 'string'
                ? (state.refunds.get(entry.refund) ?? entry.refund)
                : entry.refund,
          })),
        }
      : {}),
  }
}
