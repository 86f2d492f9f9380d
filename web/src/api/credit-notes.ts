/** Credit notes and what people decide about issued invoices; manual lines on the next one. */
import { queryOptions } from '@tanstack/react-query'

import { bodyOf, server, type BodyOf, type Schemas } from './request.ts'

export type CreditNote = Schemas['CreditNote']
export type ManualLine = Schemas['ManualLine']

export const creditNotesQuery = (invoiceId: string) =>
  queryOptions({
    queryKey: ['credit-notes', invoiceId],
    queryFn: ({ signal }) => {
      const query = { invoiceId, sort: 'createdAt' as const, limit: 100 }
      return bodyOf(server.GET('/v1/credit-notes', { params: { query }, signal }))
    },
  })

export const creditInvoice = (id: string, body: BodyOf<'creditInvoice'>) =>
  bodyOf(server.POST('/v1/invoices/{id}/credit-notes', { params: { path: { id } }, body }))

export type Decision = 'void' | 'reissue' | 'write-off'

export const decideOnInvoice = (id: string, decision: Decision, reason: string) =>
  bodyOf(
    server.POST(`/v1/invoices/{id}/${decision}` as '/v1/invoices/{id}/void', {
      params: { path: { id } },
      body: { reason },
    }),
  )

export const manualLinesQuery = (contractId: string) =>
  queryOptions({
    queryKey: ['manual-lines', contractId],
    queryFn: ({ signal }) => {
      const query = { contractId, state: 'pending' as const, limit: 100 }
      return bodyOf(server.GET('/v1/manual-lines', { params: { query }, signal }))
    },
  })

export const addManualLine = (contractId: string, body: BodyOf<'addManualLine'>) =>
  bodyOf(server.POST('/v1/contracts/{id}/manual-lines', { params: { path: { id: contractId } }, body }))

export const removeManualLine = (id: string) =>
  bodyOf(server.POST('/v1/manual-lines/{id}/remove', { params: { path: { id } } }))
