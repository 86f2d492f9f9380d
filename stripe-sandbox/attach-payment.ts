/** A payment that came elsewhere is credited to an invoice: once, to one of the same customer and currency, and at most what remains of it. */
import { assertNothingUnderWay } from './collect-invoice.ts'
import { creditPayment } from './open-payment.ts'
import { assertStatus } from './invoice-lifecycle.ts'
import { getInvoice } from './invoice-store.ts'
import type { SandboxContext } from './operation.ts'
import { invoicePayment } from './payment-objects.ts'
import { getPaymentRecord } from './payment-records.ts'
import type { StoredInvoice } from './sandbox-state.ts'
import { invalidRequest } from './stripe-failure.ts'

/** @throws StripeFailure 400 when the record cannot pay the invoice */
export function attachRecord(context: SandboxContext, invoiceId: string, recordId: string): StoredInvoice {
  const stored = getInvoice(context.state, invoiceId)
  const { invoice } = stored
  assertStatus(stored, ['open', 'uncollectible'], 'given a payment')
  assertNothingUnderWay(context, stored)
  const record = getPaymentRecord(context, recordId, 'payment_record', 400)
  const { value: amount, currency } = record.amount_guaranteed
  if (currency !== invoice.currency) throw refusal(`The invoice is in ${invoice.currency}.`)
  if (record.customer_details?.customer !== invoice.customer) {
    throw refusal("The payment is not one of the invoice's customer.")
  }
  if (context.state.invoicePayments.idsWhere('payment_record', recordId).length > 0) {
    throw refusal('The payment is attached to an invoice already.')
  }
  if (amount > invoice.amount_remaining) {
    throw refusal(`Of this invoice only ${invoice.amount_remaining} remains to be paid.`)
  }
  const payment = invoicePayment(
    { id: context.newId('inpay'), now: context.nowSecond(), invoice, amount },
    { type: 'payment_record', payment_record: recordId },
    false,
  )
  return creditPayment(context, stored, payment, 'elsewhere')
}

function refusal(message: string): Error {
  return invalidRequest(message, 'parameter_invalid', 'payment_record')
}
