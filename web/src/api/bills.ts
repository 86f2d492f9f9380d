/** Live bills, drafts and invoices. Quantities and amounts are exact texts; none becomes a number here. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { nextAfterOf } from './pages.ts'
import { given } from './given.ts'
import { bodyOf, server, type QueryOf, type Schemas } from './request.ts'

export type EvidencePoint = Schemas['EvidencePoint']
export type EvidenceBorder = Schemas['EvidenceBorder']
export type UsageRecord = Schemas['UsageRecord']
export type Line = Schemas['Line']
export type LineStep = Schemas['LineStep']
export type LiveBill = Schemas['LiveBill']
export type TaxGroup = Schemas['TaxGroup']
export type TaxedBill = Pick<Schemas['Invoice'], 'currency' | 'prices' | 'taxes' | 'net' | 'total'>
export type InvoiceSummary = Schemas['InvoiceSummary']
export type Invoice = Schemas['Invoice']

export const billKey = (contractId: string) => ['bill', contractId] as const

export const billQuery = (contractId: string) =>
  queryOptions({
    queryKey: billKey(contractId),
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/contracts/{id}/bill', { params: { path: { id: contractId } }, signal })),
  })

export const invoicesQuery = (filter: Pick<QueryOf<'listInvoices'>, 'contractId' | 'customerId'> = {}) =>
  infiniteQueryOptions({
    queryKey: ['invoices', filter],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...filter, ...given({ after: pageParam }), limit: 24 }
      return bodyOf(server.GET('/v1/invoices', { params: { query }, signal }))
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextAfterOf,
  })

export const invoiceQuery = (id: string) =>
  queryOptions({
    queryKey: ['invoice', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/invoices/{id}', { params: { path: { id } }, signal })),
  })

/** Lets PDF and XML be made again after that failed. */
export const retryDocument = (id: string) =>
  bodyOf(server.POST('/v1/invoices/{id}/document/retry', { params: { path: { id } } }))
