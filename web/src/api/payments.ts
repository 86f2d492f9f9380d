/** Payments of an invoice that did not come through Stripe, and reminders of it. */
import { queryOptions, type QueryClient } from '@tanstack/react-query'

import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type InvoicePayment = Schemas['InvoicePayment']

export const paymentsQuery = (invoiceId: string) =>
  queryOptions({
    queryKey: ['invoice', invoiceId, 'payments'],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/invoices/{id}/payments', { params: { path: { id: invoiceId } }, signal })),
  })

export const remindersQuery = (invoiceId: string) =>
  queryOptions({
    queryKey: ['invoice', invoiceId, 'reminders'],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/invoices/{id}/reminders', { params: { path: { id: invoiceId } }, signal })),
  })

export const recordPayment = (invoiceId: string, payment: BodyOf<'recordInvoicePayment'>) =>
  bodyOf(server.POST('/v1/invoices/{id}/payments', { params: { path: { id: invoiceId } }, body: payment }))

export const reversePayment = ({ invoiceId, id }: InvoicePayment, reason: string) =>
  bodyOf(
    server.POST('/v1/invoices/{id}/payments/{paymentId}/reverse', {
      params: { path: { id: invoiceId, paymentId: id } },
      body: { reason },
    }),
  )

/** What a payment changes: the invoice with all that hangs on it, and every list of invoices. */
export async function forgetPayments(client: QueryClient, invoiceId: string): Promise<void> {
  await client.invalidateQueries({ queryKey: ['invoice', invoiceId] })
  await client.invalidateQueries({ queryKey: ['invoices'] })
}
