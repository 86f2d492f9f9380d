/** Pushes to Stripe, what Stripe says of the money of an invoice, and how a customer pays, as the API takes and shows them. */
import { Type, type Static } from 'typebox'

import {
  pushProblems,
  type CustomerPayment,
  type InvoiceCollection,
  type LeftInvoice,
  type PushStep,
} from '../../billing/index.ts'
import { formatInstant, moneyOf, moneyToDecimal, type CurrencyCode } from '../../core/index.ts'
import { outboxStepNames } from '../../db/index.ts'
import { AmountMajor, AmountMinor, Currency } from '../ledger/line-schemas.ts'
import { reasonComponent } from '../reason-schema.ts'
import {
  closedObject,
  component,
  CounterNumber,
  Instant,
  nullable,
  pageComponent,
  pageQueryMembers,
  PositiveCounterText,
  presentInstant,
} from '../schema-parts.ts'
import { nextActionOf, nextActions } from './next-action.ts'

const ReasonComponent = reasonComponent('StripeStepReason', pushProblems)
const StepComponent = component('StripeStep', {
  id: PositiveCounterText,
  customerId: Type.String(),
  customerName: Type.String(),
  invoiceId: nullable(Type.String()),
  invoiceNumber: nullable(Type.String()),
  creditNoteId: nullable(Type.String()),
  creditNoteNumber: nullable(Type.String()),
  step: Type.Enum([...outboxStepNames]),
  state: Type.Enum(['waiting', 'done', 'superseded', 'parked'], {
    description:
      'Parked: it needs a person. Superseded: another took its place, or it is not wanted any more',
  }),
  attempts: CounterNumber,
  problem: nullable(
    Type.String({ description: 'What was in the way the last time, and what to do; in English' }),
  ),
  problemReason: ReasonComponent.orNull,
  createdAt: Instant,
  nextAttemptAt: nullable(Instant),
  doneAt: nullable(Instant),
})
export const InvoicePushComponent = component('InvoicePush', {
  items: Type.Array(StepComponent.ref),
  dashboardUrl: nullable(
    Type.String({
      description: "The invoice in Stripe's dashboard; null before it is there, or where Stripe is a sandbox",
    }),
  ),
})
export const StepPageComponent = pageComponent('StripeStepPage', StepComponent)

const LeftInvoiceComponent = component('StripeLeftInvoice', {
  invoiceId: Type.String(),
  number: Type.String(),
  stripeInvoiceId: Type.String(),
  accountId: nullable(Type.String({ description: 'Null where Stripe did not say whose its key was' })),
  mode: Type.Enum(['test', 'live']),
  status: nullable(
    Type.Enum(['draft', 'open', 'uncollectible', 'gone'], {
      description:
        'What Stripe said of it at last; null where it was being finalized there and nothing was answered',
    }),
  ),
  leftAt: Instant,
  dashboardUrl: nullable(
    Type.String({ description: "The invoice in Stripe's dashboard; null where Stripe is a sandbox" }),
  ),
})
export const LeftInvoicePageComponent = pageComponent('StripeLeftInvoicePage', LeftInvoiceComponent)

const RefundComponent = component('StripeRefund', {
  id: Type.String(),
  amount: AmountMajor,
  amountMinor: AmountMinor,
  status: Type.Enum(['pending', 'requires_action', 'succeeded', 'failed', 'canceled']),
  createdAt: Instant,
})
const ProblemOfPayment = closedObject({
  kind: Type.Enum(['failed', 'requires_action']),
  code: Type.String({ description: 'The decline code of the bank or of Stripe: "insufficient_funds"' }),
})
export const CollectionComponent = component('InvoiceCollection', {
  status: Type.Enum(['not_at_stripe', 'draft', 'open', 'paid', 'void', 'uncollectible', 'gone'], {
    description:
      'What Stripe says, except `not_at_stripe`: the invoice is not there yet, so nothing is collected',
  }),
  currency: Currency,
  collected: AmountMajor,
  collectedMinor: AmountMinor,
  refunded: AmountMajor,
  refundedMinor: AmountMinor,
  remaining: AmountMajor,
  remainingMinor: { ...AmountMinor, description: 'What Stripe still asks for, in minor units' },
  attemptCount: CounterNumber,
  nextAttemptAt: nullable(Instant),
  isProcessing: Type.Boolean({ description: 'A payment is under way that takes days, as a debit does' }),
  problem: nullable(ProblemOfPayment),
  dispute: nullable(
    Type.Enum(['open', 'won', 'lost'], { description: "The customer's bank takes the money back" }),
  ),
  disputed: AmountMajor,
  disputedMinor: AmountMinor,
  payUrl: nullable(Type.String({ description: "Stripe's page where the customer pays" })),
  refunds: Type.Array(RefundComponent.ref),
  nextAction: Type.Enum([...nextActions], {
    description: 'What helps, as far as the customer can do something',
  }),
  checkedAt: nullable(Instant),
})

export const PaymentOfCustomerComponent = component('CustomerPayment', {
  collectionMethod: Type.Enum(['charge_automatically', 'send_invoice']),
  canSave: Type.Boolean({ description: 'A Stripe account is connected, so a payment method can be saved' }),
  stripeCustomerId: nullable(
    Type.String({ description: "Null before anything went to Stripe, and to the customer's people" }),
  ),
  paymentMethod: nullable(
    closedObject({
      kind: Type.String({ description: '"card", "sepa_debit" and so on' }),
      brand: nullable(Type.String()),
      last4: nullable(Type.String()),
      expiresOn: nullable(
        Type.String({ pattern: '^[0-9]{4}-[0-9]{2}$', description: 'The last month: "2027-04"' }),
      ),
    }),
  ),
})
export const StripePageComponent = component('StripePage', {
  url: Type.String({ description: 'A page of Stripe, for one visit soon' }),
})

export const stripeComponents = [
  ReasonComponent,
  StepComponent,
  InvoicePushComponent,
  StepPageComponent,
  LeftInvoiceComponent,
  LeftInvoicePageComponent,
  RefundComponent,
  CollectionComponent,
  PaymentOfCustomerComponent,
  StripePageComponent,
]

export const StepParams = closedObject({ id: PositiveCounterText })
export const ParkedQuery = closedObject(pageQueryMembers)
export const LeftQuery = closedObject(pageQueryMembers)
export const OpenPageBody = closedObject(
  {
    returnPath: Type.String({
      pattern: '^/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]*$',
      maxLength: 500,
      description: 'Where the page leads back to: a path of this server',
    }),
  },
  { examples: [{ returnPath: '/app/payment' }] },
)
export const LinkCustomerBody = closedObject(
  { stripeCustomerId: Type.String({ pattern: '^cus_[A-Za-z0-9_]{1,100}$' }) },
  { examples: [{ stripeCustomerId: 'cus_Nordbohr1' }] },
)

export function presentStep(step: PushStep): Static<typeof StepComponent.schema> {
  return {
    id: step.id.toString(),
    customerId: step.customerId,
    customerName: step.customerName,
    invoiceId: step.invoiceId ?? null,
    invoiceNumber: step.invoiceNumber ?? null,
    creditNoteId: step.creditNoteId ?? null,
    creditNoteNumber: step.creditNoteNumber ?? null,
    step: step.step,
    state: step.state,
    attempts: Number(step.attempts),
    problem: step.problem ?? null,
    problemReason: step.problemReason ?? null,
    createdAt: formatInstant(step.createdAt),
    nextAttemptAt: presentInstant(step.nextAttemptAt),
    doneAt: presentInstant(step.doneAt),
  }
}

export function presentLeftInvoice(
  { accountId, mode, status, stripeInvoiceId, ...left }: LeftInvoice,
  dashboard: string | undefined,
): Static<typeof LeftInvoiceComponent.schema> {
  const account = `${accountId === undefined ? '' : `/${accountId}`}${mode === 'live' ? '' : '/test'}`
  return {
    invoiceId: left.invoiceId,
    number: left.number,
    stripeInvoiceId,
    accountId: accountId ?? null,
    mode,
    status: status ?? null,
    leftAt: formatInstant(left.leftAt),
    dashboardUrl: dashboard === undefined ? null : `${dashboard}${account}/invoices/${stripeInvoiceId}`,
  }
}

function minorText(amountMinor = 0n): string {
  return amountMinor.toString()
}

export function presentCollection(
  told: InvoiceCollection | undefined,
  paying: CustomerPayment,
  currency: CurrencyCode,
): Static<typeof CollectionComponent.schema> {
  const major = (minor = 0n) => moneyToDecimal(moneyOf(minor, currency))
  return {
    status: told?.status ?? 'not_at_stripe',
    currency,
    collected: major(told?.collectedMinor),
    collectedMinor: minorText(told?.collectedMinor),
    refunded: major(told?.refundedMinor),
    refundedMinor: minorText(told?.refundedMinor),
    remaining: major(told?.remainingMinor),
    remainingMinor: minorText(told?.remainingMinor),
    attemptCount: told?.attemptCount ?? 0,
    nextAttemptAt: presentInstant(told?.nextAttemptAt),
    isProcessing: told?.isProcessing ?? false,
    problem: told?.problem ?? null,
    dispute: told?.dispute ?? null,
    disputed: major(told?.disputedMinor),
    disputedMinor: minorText(told?.disputedMinor),
    payUrl: told?.payUrl ?? null,
    refunds: (told?.refunds ?? []).map(({ id, amountMinor, status, createdAt }) => ({
      id,
      amount: major(amountMinor),
      amountMinor: amountMinor.toString(),
      status,
      createdAt: formatInstant(createdAt),
    })),
    nextAction: nextActionOf(told, paying),
    checkedAt: presentInstant(told?.checkedAt),
  }
}

export function presentPaymentOfCustomer(
  { collectionMethod, stripeCustomerId, paymentMethod }: CustomerPayment,
  { canSave, isForCustomer }: { readonly canSave: boolean; readonly isForCustomer: boolean },
): Static<typeof PaymentOfCustomerComponent.schema> {
  return {
    collectionMethod,
    canSave,
    stripeCustomerId: (isForCustomer ? undefined : stripeCustomerId) ?? null,
    paymentMethod:
      paymentMethod === undefined
        ? null
        : {
            kind: paymentMethod.kind,
            brand: paymentMethod.brand ?? null,
            last4: paymentMethod.last4 ?? null,
            expiresOn: paymentMethod.expiresOn ?? null,
          },
  }
}
