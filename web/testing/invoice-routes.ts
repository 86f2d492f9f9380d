/** A paid invoice, and an open one that was partly paid and reminded of. */
import type { FastifyInstance } from 'fastify'

import type { Invoice } from '../src/api/bills.ts'
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

type OfInvoice = { Params: { id: string } }

const ofOpen = (id: string, items: readonly unknown[]) => ({ items: id === openInvoice.id ? items : [] })

export function invoiceRoutes(app: FastifyInstance): void {
  app.get<OfInvoice>('/v1/invoices/:id', ({ params: { id } }) =>
    id === openInvoice.id ? openInvoice : invoice,
  )
  app.get<OfInvoice>('/v1/invoices/:id/payments', ({ params }) => ofOpen(params.id, [bounced, payment]))
  app.get<OfInvoice>('/v1/invoices/:id/reminders', ({ params }) => ofOpen(params.id, [reminder]))
  app.post('/v1/invoices/:id/payments', (_request, reply) => reply.code(201).send(payment))
  app.post('/v1/invoices/:id/payments/:paymentId/reverse', () => payment)
}
