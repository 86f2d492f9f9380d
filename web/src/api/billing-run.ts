/** What the next billing run would do, and doing it. */
import { queryOptions } from '@tanstack/react-query'

import { bodyOf, server, type Schemas } from './request.ts'

export type BillingRun = Schemas['BillingForecast']

export const billingRunQuery = queryOptions({
  queryKey: ['billing-run'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/billing-run', { signal })),
})

export const runBilling = () => bodyOf(server.POST('/v1/billing-run'))
