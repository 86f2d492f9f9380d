/** What the next billing run would do, and doing it. */
import { queryOptions } from '@tanstack/react-query'

import type { InvoiceSummary } from './bills.ts'
import type { Period } from './pages.ts'
import { getJson, postJson } from './request.ts'

type OfContract = {
  readonly contractId: string
  readonly customerId: string
  readonly customerName: string
  readonly period: Period
}

export type WaitingBill = OfContract & { readonly code: string; readonly detail: string }

export type BillingRun = {
  readonly ready: readonly (OfContract & { readonly totalMinor: string; readonly currency: string })[]
  readonly waiting: readonly WaitingBill[]
  readonly issuedRecently: readonly InvoiceSummary[]
}

export const billingRunQuery = queryOptions({
  queryKey: ['billing-run'],
  queryFn: ({ signal }) => getJson<BillingRun>('/v1/billing-run', { signal }),
})

export const runBilling = () =>
  postJson<{ readonly issued: readonly string[]; readonly waiting: readonly WaitingBill[] }>(
    '/v1/billing-run',
  )
