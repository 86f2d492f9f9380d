/**
 * A paid invoice, one that was paid too much of, an open one that was partly paid and reminded of, and one for each thing that Stripe may say of a
 * payment.
 */
import type { FastifyInstance } from 'fastify'

import type { Invoice } from '../src/api/bills.ts'
import type { CustomerPayment, InvoiceCollection, LeftInvoice, StripeStep } from '../src/api/stripe.ts'
import type { InvoicePayment } from '../src/api/payments.ts'
import { invoice } from './bill-fixture.ts'

const openInvoice: Invoice = {
  ...invoice,
  id: 'inv_open',
  number: 'BW-2026-0043',
  status: 'issued',
  paidAt: null,
  paidMinor: '100000',
  openMinor: '38902',
  dueOn: '2026-11-15',
  stripeInvoiceId: null,
}

/** A part was recorded, and Stripe charged the whole all the same. */
const overpaidInvoice: Invoice = {
  ...invoice,
  id: 'inv_overpaid',
  number: 'BW-2026-0044',
  balance: '-400.00',
  balanceMinor: '-40000',
  paidMinor: '206682',
}

const payment: InvoicePayment = {
  id: 'pay_1',
  invoiceId: 'inv_open',
  currency: 'EUR',
  amount: '1000.00',
  amountMinor: '100000',
  receivedOn: '2026-11-16',
  method: 'bank_transfer',
  reference: 'BW-2026-0043 first part',
  madeBy: 'Jo Berg',
  createdAt: '2026-11-16T09:12:00Z',
  reversal: null,
}

const bounced: InvoicePayment = {
  ...payment,
  id: 'pay_0',
  amount: '389.02',
  amountMinor: '38902',
  reversal: { reason: 'The bank took it back.', madeBy: 'Jo Berg', createdAt: '2026-11-18T09:00:00Z' },
}

const reminder = {
  level: 1,
  currency: 'EUR',
  open: '389.02',
  openMinor: '38902',
  mailCount: 2,
  remindedAt: '2026-11-22T08:00:00Z',
}

/** Of the open one; a person of the customer has to do something. */
const collection: InvoiceCollection = {
  status: 'open',
  currency: 'EUR',
  collected: '0.00',
  collectedMinor: '0',
  refunded: '0.00',
  refundedMinor: '0',
  remaining: '389.02',
  remainingMinor: '38902',
  attemptCount: 2,
  nextAttemptAt: '2026-11-25T08:00:00Z',
  isProcessing: false,
  problem: { kind: 'failed', code: 'expired_card' },
  dispute: null,
  disputed: '0.00',
  disputedMinor: '0',
  payUrl: 'https://invoice.stripe.com/i/acct_1/test_1',
  refunds: [],
  nextAction: 'update_payment_method',
  checkedAt: '2026-11-22T08:00:00Z',
}

const notAtStripe: InvoiceCollection = {
  ...collection,
  status: 'not_at_stripe',
  remaining: '0.00',
  remainingMinor: '0',
  attemptCount: 0,
  nextAttemptAt: null,
  problem: null,
  payUrl: null,
  nextAction: 'none',
  checkedAt: null,
}

const settled: InvoiceCollection = {
  ...notAtStripe,
  status: 'paid',
  collected: '1666.82',
  collectedMinor: '166682',
  attemptCount: 1,
  checkedAt: '2026-11-22T08:00:00Z',
}

const uncredited: Invoice = { ...invoice, creditedMinor: '0' }
const unpaid: Invoice = { ...openInvoice, creditedMinor: '0', paidMinor: '0', openMinor: '166682' }

/** By the id of the invoice: the invoice, and what Stripe says of its money. */
const toldOfPayments: Readonly<Record<string, readonly [Invoice, InvoiceCollection]>> = {
  inv_confirm: [
    { ...unpaid, id: 'inv_confirm', number: 'BW-2026-0045' },
    {
      ...collection,
      remaining: '1666.82',
      remainingMinor: '166682',
      attemptCount: 1,
      problem: { kind: 'requires_action', code: 'authentication_required' },
      nextAction: 'confirm_payment',
    },
  ],
  inv_partly: [
    { ...unpaid, id: 'inv_partly', number: 'BW-2026-0046', paidMinor: '50000', openMinor: '116682' },
    {
      ...collection,
      collected: '500.00',
      collectedMinor: '50000',
      remaining: '1166.82',
      remainingMinor: '116682',
      attemptCount: 0,
      nextAttemptAt: null,
      problem: null,
      nextAction: 'pay',
    },
  ],
  inv_debited: [
    { ...unpaid, id: 'inv_debited', number: 'BW-2026-0047' },
    {
      ...collection,
      remaining: '1666.82',
      remainingMinor: '166682',
      attemptCount: 1,
      nextAttemptAt: null,
      isProcessing: true,
      problem: null,
      nextAction: 'none',
    },
  ],
  inv_disputed: [
    { ...uncredited, id: 'inv_disputed', number: 'BW-2026-0048' },
    {
      ...settled,
      dispute: 'open',
      disputed: '1666.82',
      disputedMinor: '166682',
      nextAction: 'contact_bank',
    },
  ],
  inv_returned: [
    { ...uncredited, id: 'inv_returned', number: 'BW-2026-0049' },
    { ...settled, dispute: 'lost', disputed: '1666.82', disputedMinor: '166682' },
  ],
  inv_unrefunded: [
    { ...uncredited, id: 'inv_unrefunded', number: 'BW-2026-0050' },
    {
      ...settled,
      refunds: [
        {
          id: 're_1',
          amount: '40.00',
          amountMinor: '4000',
          status: 'failed',
          createdAt: '2026-11-21T08:00:00Z',
        },
      ],
    },
  ],
}

const parkedStep: StripeStep = {
  id: '7',
  customerId: 'cus_1',
  customerName: 'Steinbruch Nord',
  invoiceId: 'inv_open',
  invoiceNumber: 'BW-2026-0043',
  creditNoteId: null,
  creditNoteNumber: null,
  step: 'create_invoice',
  state: 'parked',
  attempts: 3,
  problem: 'Stripe refused the address of the customer; correct it, then try again.',
  problemReason: null,
  createdAt: '2026-11-22T08:00:00Z',
  nextAttemptAt: null,
  doneAt: null,
}
const doneStep: StripeStep = {
  ...parkedStep,
  id: '6',
  invoiceId: null,
  invoiceNumber: null,
  step: 'create_customer',
  state: 'done',
  attempts: 1,
  problem: null,
  doneAt: '2026-11-22T08:00:01Z',
}

const leftInvoice: LeftInvoice = {
  invoiceId: 'inv_open',
  number: 'BW-2026-0043',
  stripeInvoiceId: 'in_before',
  accountId: 'acct_before',
  mode: 'test',
  status: 'open',
  leftAt: '2026-11-20T08:00:00Z',
  dashboardUrl: 'https://dashboard.stripe.com/acct_before/test/invoices/in_before',
}

const savedCard: CustomerPayment = {
  collectionMethod: 'charge_automatically',
  canSave: true,
  stripeCustomerId: null,
  paymentMethod: { kind: 'card', brand: 'visa', last4: '4242', expiresOn: '2031-04' },
}

/** A customer who is debited; one of the person's memberships. */
const DEBITED = 'cus_2'

const savedAccount: CustomerPayment = {
  ...savedCard,
  paymentMethod: { kind: 'sepa_debit', brand: null, last4: '3000', expiresOn: null },
}

type OfInvoice = { Params: { id: string } }

const ofOpen = (id: string, items: readonly unknown[]) => ({ items: id === openInvoice.id ? items : [] })

export function invoiceRoutes(app: FastifyInstance): void {
  app.get<OfInvoice>(
    '/v1/invoices/:id',
    ({ params: { id } }) =>
      toldOfPayments[id]?.[0] ?? [openInvoice, overpaidInvoice].find((each) => each.id === id) ?? invoice,
  )
  app.get<OfInvoice>('/v1/invoices/:id/payments', ({ params }) => ofOpen(params.id, [bounced, payment]))
  app.get<OfInvoice>('/v1/invoices/:id/reminders', ({ params }) => ofOpen(params.id, [reminder]))
  app.get<OfInvoice>(
    '/v1/invoices/:id/collection',
    ({ params: { id } }) => toldOfPayments[id]?.[1] ?? (id === openInvoice.id ? collection : notAtStripe),
  )
  app.get<OfInvoice>('/v1/invoices/:id/push', ({ params: { id } }) => ({
    items: id === openInvoice.id ? [doneStep, parkedStep] : id in toldOfPayments ? [doneStep] : [],
    dashboardUrl: null,
  }))
  app.get('/v1/stripe/parked', () => ({ items: [parkedStep], nextAfter: null }))
  app.get('/v1/stripe/left-invoices', () => ({ items: [leftInvoice], nextAfter: null }))
  app.post('/v1/stripe/steps/:id/retry', (_request, reply) => reply.code(202).send())
  /** How often it was asked what is saved since somebody saved something: the webhook is later than the person. */
  let asked: number | undefined
  app.get<{ Params: { id: string } }>('/v1/customers/:id/payment', ({ params }) => {
    if (params.id === DEBITED) return savedAccount
    if (asked !== undefined) asked += 1
    return (asked ?? 0) > 1 ? savedCard : { ...savedCard, paymentMethod: null }
  })
  app.post<{ Body: { returnPath: string } }>('/v1/customers/:id/payment-setup', ({ body }) => {
    asked = 0
    return { url: body.returnPath }
  })
  app.post<{ Body: { returnPath: string } }>('/v1/customers/:id/payment-portal', ({ body }) => ({
    url: body.returnPath,
  }))
  app.post('/v1/invoices/:id/payments', (_request, reply) => reply.code(201).send(payment))
  app.post('/v1/invoices/:id/payments/:paymentId/reverse', () => payment)
}
