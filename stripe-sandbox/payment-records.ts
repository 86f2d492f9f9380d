/**
 * Payment records: money that came elsewhere, a bank transfer for example, reported with its final outcome. Only guaranteed ones are imitated; the
 * attempts of one that is still on its way, and refunds, are not. What a record pays is in `attach-payment.ts`.
 */
import type { Stripe } from 'stripe'
import { assertPayableAmount } from './currency-rules.ts'
import { getLivingCustomer } from './customer-store.ts'
import { listOperation } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import {
  currency,
  idText,
  integer,
  metadata,
  object,
  oneOf,
  patchMetadata,
  readParameters,
  text,
  type ReadersOf,
} from './parameters.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const reportReaders = {
  amount_requested: object({ currency, value: integer }, ['currency', 'value']),
  customer_details: object({
    customer: idText,
    email: text(512),
    name: text(256),
    phone: text(20),
  }),
  customer_presence: oneOf(['off_session', 'on_session']),
  description: text(1000),
  guaranteed: object({ guaranteed_at: integer }, ['guaranteed_at']),
  initiated_at: integer,
  metadata,
  outcome: oneOf(['guaranteed']),
  payment_method_details: object(
    {
      type: oneOf(['custom']),
      custom: object({ display_name: text(100) }, ['display_name']),
    },
    ['type', 'custom'],
  ),
  processor_details: object(
    { type: oneOf(['custom']), custom: object({ payment_reference: text(500) }, ['payment_reference']) },
    ['type'],
  ),
} satisfies ReadersOf<Stripe.PaymentRecordReportPaymentParams>

export const paymentRecordOperations: readonly Operation[] = [
  {
    name: 'report_payment',
    method: 'POST',
    path: '/v1/payment_records/report_payment',
    prepare(context, form) {
      const given = readParameters(form, reportReaders, [
        'amount_requested',
        'guaranteed',
        'initiated_at',
        'outcome',
        'payment_method_details',
      ])
      const { amount_requested, guaranteed, initiated_at, customer_details } = given
      if (amount_requested.value <= 0) {
        throw invalidRequest('The amount must be above zero.', 'parameter_invalid', 'amount_requested[value]')
      }
      assertPayableAmount(amount_requested.value, amount_requested.currency, 'amount_requested[value]')
      if (guaranteed.guaranteed_at < initiated_at || guaranteed.guaranteed_at > context.nowSecond()) {
        throw invalidRequest(
          'A payment is guaranteed when it was initiated or later, and not in the future.',
          'parameter_invalid',
          'guaranteed[guaranteed_at]',
        )
      }
      if (customer_details?.customer !== undefined) {
        getLivingCustomer(context.state, customer_details.customer, 'customer_details[customer]', 400)
      }
      return (): Stripe.PaymentRecord => {
        const record = paymentRecord(context, given)
        context.state.paymentRecords.put(record)
        return record
      }
    },
  },
  listOperation({
    name: 'list_payment_records',
    path: '/v1/payment_records',
    readers: {
      created_after: integer,
      created_before: integer,
    } satisfies ReadersOf<Stripe.PaymentRecordListParams>,
    collection: (state) => state.paymentRecords,
    isWanted: ({ created }, { created_after = -Infinity, created_before = Infinity }) =>
      created > created_after && created < created_before,
    show: (record) => record,
  }),
  {
    name: 'retrieve_payment_record',
    method: 'GET',
    path: '/v1/payment_records/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.PaymentRecord => getPaymentRecord(context, id, 'id', 404)
    },
  },
]

export function getPaymentRecord(
  { state }: SandboxContext,
  id: string,
  param: string,
  status: 400 | 404,
): Stripe.PaymentRecord {
  const record = state.paymentRecords.get(id)
  if (record === undefined) throw resourceMissing('payment_record', id, param, status)
  return record
}

type Report = ReturnType<
  typeof readParameters<typeof reportReaders, 'amount_requested' | 'payment_method_details'>
>

function paymentRecord(context: SandboxContext, given: Report): Stripe.PaymentRecord {
  const { amount_requested: amount, customer_details: customer } = given
  const none = { currency: amount.currency, value: 0 }
  return {
    id: context.newId('pr'),
    object: 'payment_record',
    amount,
    amount_authorized: none,
    amount_canceled: none,
    amount_failed: none,
    amount_guaranteed: amount,
    amount_refunded: none,
    amount_requested: amount,
    application: null,
    created: context.nowSecond(),
    customer_details:
      customer === undefined
        ? null
        : {
            customer: customer.customer ?? null,
            email: customer.email ?? null,
            name: customer.name ?? null,
            phone: customer.phone ?? null,
          },
    customer_presence: given.customer_presence ?? null,
    description: given.description ?? null,
    latest_payment_attempt_record: context.newId('par'),
    livemode: false,
    metadata: patchMetadata(null, given.metadata),
    payment_method_details: {
      billing_details: null,
      custom: { display_name: given.payment_method_details.custom.display_name, type: null },
      payment_method: null,
      type: 'custom',
    },
    processor_details: {
      type: 'custom',
      custom: { payment_reference: given.processor_details?.custom?.payment_reference ?? null },
    },
    reported_by: 'self',
    shipping_details: null,
  }
}
