/** Recorded payments of an invoice and reminders of it, as the API takes and shows them. */
import { Type, type Static } from 'typebox'

import type { InvoicePayment, InvoiceReminder } from '../../billing/index.ts'
import { formatInstant, moneyOf, moneyToDecimal, type CurrencyCode } from '../../core/index.ts'
import { closedObject, component, GeneratedIdText, Instant, nullable } from '../schema-parts.ts'
import { AmountMajor, AmountMinor, Currency } from './line-schemas.ts'

const Method = Type.Enum(['bank_transfer', 'cash', 'card', 'other'])
const Reference = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'What the bank says, or the number of the receipt',
})
const Reason = Type.String({ minLength: 1, maxLength: 200, description: 'Why it was taken back' })
const MadeBy = nullable(
  Type.String({ description: "Who recorded it, by name; null for a customer's people" }),
)
const Day = Type.String({ format: 'date', description: 'The civil day on which the money came' })

export const PaymentComponent = component('InvoicePayment', {
  id: Type.String(),
  invoiceId: Type.String(),
  currency: Currency,
  amount: AmountMajor,
  amountMinor: AmountMinor,
  receivedOn: Day,
  method: Method,
  reference: nullable(Reference),
  madeBy: MadeBy,
  createdAt: Instant,
  reversal: nullable(closedObject({ reason: Reason, madeBy: MadeBy, createdAt: Instant })),
})
export const PaymentListComponent = component('InvoicePaymentList', {
  items: Type.Array(PaymentComponent.ref),
})

const ReminderComponent = component('InvoiceReminder', {
  level: Type.Integer({ minimum: 1, maximum: 5, description: '1 is the first' }),
  currency: Currency,
  open: AmountMajor,
  openMinor: { ...AmountMinor, description: 'What was open then, in minor units' },
  mailCount: Type.Integer({ minimum: 0, description: 'To how many addresses it was mailed' }),
  remindedAt: Instant,
})
export const ReminderListComponent = component('InvoiceReminderList', {
  items: Type.Array(ReminderComponent.ref),
})

export const paymentComponents = [
  PaymentComponent,
  PaymentListComponent,
  ReminderComponent,
  ReminderListComponent,
]

export const PaymentParams = closedObject({ id: GeneratedIdText, paymentId: GeneratedIdText })

export const RecordPaymentBody = closedObject(
  {
    amountMinor: Type.String({
      pattern: '^[1-9][0-9]{0,17}$',
      description: 'In minor units of the currency of the invoice: "490"; at most what is open',
    }),
    receivedOn: Day,
    method: Method,
    reference: Type.Optional(Reference),
  },
  {
    examples: [
      { amountMinor: '100', receivedOn: '2026-11-20', method: 'bank_transfer', reference: 'NORD-000042' },
    ],
  },
)
export const ReversePaymentBody = closedObject(
  { reason: Reason },
  { examples: [{ reason: 'The bank took the transfer back.' }] },
)

export function presentPayment(
  payment: InvoicePayment,
  isForCustomer: boolean,
): Static<typeof PaymentComponent.schema> {
  const { reversal, currency, amountMinor } = payment
  const nameOf = ({ madeBy }: Pick<InvoicePayment, 'madeBy'>) => (isForCustomer ? null : madeBy.name)
  return {
    id: payment.id,
    invoiceId: payment.invoiceId,
    currency,
    amount: moneyToDecimal(moneyOf(amountMinor, currency)),
    amountMinor: amountMinor.toString(),
    receivedOn: payment.receivedOn,
    method: payment.method,
    reference: payment.reference ?? null,
    madeBy: nameOf(payment),
    createdAt: formatInstant(payment.createdAt),
    reversal:
      reversal === undefined
        ? null
        : { reason: reversal.reason, madeBy: nameOf(reversal), createdAt: formatInstant(reversal.createdAt) },
  }
}

export function presentReminder(
  { level, openMinor, mailCount, remindedAt }: InvoiceReminder,
  currency: CurrencyCode,
): Static<typeof ReminderComponent.schema> {
  return {
    level,
    currency,
    open: moneyToDecimal(moneyOf(openMinor, currency)),
    openMinor: openMinor.toString(),
    mailCount,
    remindedAt: formatInstant(remindedAt),
  }
}
