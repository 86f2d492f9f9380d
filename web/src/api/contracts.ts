/** Contracts, which devices each covers when, and what those used. */
import { queryOptions } from '@tanstack/react-query'

import type { Page, Period } from './pages.ts'
import { getJson, postJson } from './request.ts'

export type Assignment = {
  readonly id: string
  readonly deviceId: string
  readonly from: string
  readonly to: string | null
}

export type Contract = {
  readonly id: string
  readonly customerId: string
  readonly customerName: string
  readonly tariffId: string
  readonly tariffName: string
  readonly timeZone: string
  readonly anchorOn: string
  readonly cadence: { readonly unit: 'day' | 'week' | 'month' | 'year'; readonly count: number }
  readonly startsAt: string
  readonly endsAt: string | null
  readonly assignments: readonly Assignment[]
}

export type NewContract = Pick<
  Contract,
  'customerId' | 'tariffId' | 'timeZone' | 'anchorOn' | 'cadence' | 'startsAt'
>

export type UsageStep = Period & { readonly quantity: string; readonly isEstimated: boolean }

export type UsageSeries = { readonly register: string; readonly steps: readonly UsageStep[] }

export type RegisterDisplay = { readonly unit: string; readonly factor: string }

export type UsageRegister = {
  readonly register: string
  readonly unit: string
  readonly display: RegisterDisplay | null
}

export type ContractUsage = {
  readonly timeZone: string
  readonly registers: readonly UsageRegister[]
  readonly devices: readonly { readonly deviceId: string; readonly series: readonly UsageSeries[] }[]
  readonly knownUntil: string | null
}

export const contractsQuery = (customerId?: string) =>
  queryOptions({
    queryKey: ['contracts', customerId ?? 'all'],
    queryFn: ({ signal }) =>
      getJson<Page<Contract>>('/v1/contracts', { query: { customerId, limit: 100 }, signal }),
  })

export const contractQuery = (id: string) =>
  queryOptions({
    queryKey: ['contract', id],
    queryFn: ({ signal }) => getJson<Contract>(`/v1/contracts/${id}`, { signal }),
  })

export const contractUsageQuery = (
  id: string,
  asked: Period & { readonly step: 'quarter_hour' | 'hour' | 'day'; readonly timeZone: string },
) =>
  queryOptions({
    queryKey: ['contract-usage', id, asked],
    queryFn: ({ signal }) => getJson<ContractUsage>(`/v1/contracts/${id}/usage`, { query: asked, signal }),
  })

export const createContract = (contract: NewContract) => postJson<Contract>('/v1/contracts', contract)

export const assignDevice = (contractId: string, assignment: { deviceId: string; from: string }) =>
  postJson<Assignment>(`/v1/contracts/${contractId}/assignments`, assignment)

export const endAssignment = (id: string, to: string) =>
  postJson<Assignment>(`/v1/assignments/${id}/end`, { to })
