/** Live bills, drafts and invoices. Quantities and amounts are exact texts; none becomes a number here. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import type { Page, Period } from './pages.ts'
import { getJson } from './request.ts'

export type EvidencePoint = {
  readonly at: string
  readonly value: string
  readonly epoch: number | null
  readonly seq: number | null
}

export type EvidenceBorder = {
  readonly at: string
  readonly value: string
  readonly before: EvidencePoint | null
  readonly after: EvidencePoint | null
  readonly isEstimated: boolean
}

export type UsageRecord = Period & {
  readonly deviceId: string
  readonly register: string
  readonly unit: string
  readonly quantity: string
  readonly start: EvidenceBorder
  readonly end: EvidenceBorder
}

export type Line = {
  readonly itemId: string
  readonly description: string
  readonly quantity: string
  readonly unit: string
  readonly unitPrice: string
  readonly currency: string
  readonly unroundedAmount: string
  readonly amount: string
  readonly amountMinor: string
  readonly sentence: string
  readonly explanation: {
    readonly tariffVersionId: string
    readonly period: Period
    readonly rounding: string
    readonly usage: readonly UsageRecord[]
  }
}

export type HeldUsage = Period & {
  readonly deviceId: string
  readonly register: string
  readonly code: string
}

export type LiveBill = {
  readonly contractId: string
  readonly customerId: string
  readonly period: Period
  readonly cutoffAt: string
  readonly currency: string
  readonly total: string
  readonly totalMinor: string
  readonly lines: readonly Line[]
  readonly held: readonly HeldUsage[]
}

export type InvoiceSummary = {
  readonly id: string
  readonly number: string | null
  readonly status: 'draft' | 'issued' | 'paid' | 'void' | 'uncollectible'
  readonly customerId: string
  readonly contractId: string
  readonly period: Period
  readonly cutoffAt: string
  readonly currency: string
  readonly total: string
  readonly totalMinor: string
  readonly issuedAt: string | null
  readonly paidAt: string | null
  readonly stripeInvoiceId: string | null
}

export type Invoice = InvoiceSummary & { readonly lines: readonly Line[] }

export const billKey = (contractId: string) => ['bill', contractId] as const

export const billQuery = (contractId: string) =>
  queryOptions({
    queryKey: billKey(contractId),
    queryFn: ({ signal }) => getJson<LiveBill>(`/v1/contracts/${contractId}/bill`, { signal }),
  })

export const invoicesQuery = (filter: { readonly contractId?: string; readonly customerId?: string } = {}) =>
  infiniteQueryOptions({
    queryKey: ['invoices', filter],
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<InvoiceSummary>>('/v1/invoices', {
        query: { ...filter, after: pageParam, limit: 24 },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextAfter }) => nextAfter ?? undefined,
  })

export const invoiceQuery = (id: string) =>
  queryOptions({
    queryKey: ['invoice', id],
    queryFn: ({ signal }) => getJson<Invoice>(`/v1/invoices/${id}`, { signal }),
  })
