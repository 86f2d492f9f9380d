/** A paid invoice, one that was paid too much of, and an open one that was partly paid and reminded of. */
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

type OfInvoice = { Params: { id: string } }

const ofOpen = (id: string, items: readonly unknown[]) => ({ items: id === openInvoice.id ? items : [] })

export function invoiceRoutes(app: FastifyInstance): void {
  app.get<OfInvoice>(
    '/v1/invoices/:id',
    ({ params: { id } }) => [openInvoice, overpaidInvoice].find((each) => each.id === id) ?? invoice,
  )
  app.get<OfInvoice>('/v1/invoices/:id/payments', ({ params }) => ofOpen(params.id, [bounced, payment]))
  app.get<OfInvoice>('/v1/invoices/:id/reminders', ({ params }) => ofOpen(params.id, [reminder]))
  app.get<OfInvoice>('/v1/invoices/:id/collection', ({ params: { id } }) =>
    id === openInvoice.id ? collection : notAtStripe,
  )
  app.get<OfInvoice>('/v1/invoices/:id/push', ({ params: { id } }) => ({
    items: id === openInvoice.id ? [doneStep, parkedStep] : [],
    dashboardUrl: null,
  }))
  app.get('/v1/stripe/parked', () => ({ items: [parkedStep], nextAfter: null }))
  app.get('/v1/stripe/left-invoices', () => ({ items: [leftInvoice], nextAfter: null }))
  app.post('/v1/stripe/steps/:id/retry', (_request, reply) => reply.code(202).send())
  /** How often it was asked what is saved since somebody saved something: the webhook is later than the person. */
  let asked: number | undefined
  app.get('/v1/customers/:id/payment', () => {
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
