/** What was set aside for a person, and what people decide about it. */
import { queryOptions } from '@tanstack/react-query'

import type { Page } from './pages.ts'
import { getJson, postJson } from './request.ts'

export type AcceptedPoint = {
  readonly at: string
  readonly value: string
  readonly total: string
  readonly isPlaced: boolean
  readonly reading: { readonly id: number; readonly epoch: number; readonly seq: number } | null
}

export type Hold = {
  readonly id: number
  readonly deviceId: string
  readonly register: string | null
  readonly epoch: number
  readonly seq: number
  readonly readingId: number
  readonly code: string
  readonly detail: string
  readonly heldAt: string
  readonly at: string | null
  readonly exchange: {
    readonly register: string
    readonly final: string
    readonly start: string
    readonly at: string
  } | null
  readonly values: readonly {
    readonly register: string
    readonly value: string
    readonly before: AcceptedPoint | null
    readonly after: AcceptedPoint | null
  }[]
}

export type NewDecision = {
  readonly kind: 'release' | 'reject' | 'replace'
  readonly epoch: number
  readonly seq: number
  readonly register?: string
  readonly readingId?: number
  readonly value?: string
  readonly decidedBy: string
  readonly reason: string
}

export type Decision = {
  readonly id: number
  readonly deviceId: string
  readonly kind: string
  readonly epoch: number | null
  readonly seq: number | null
  readonly register: string | null
  readonly value: string | null
  readonly decidedBy: string
  readonly reason: string
  readonly decidedAt: string
}

const device = (id: string) => `/v1/devices/${encodeURIComponent(id)}`

export const deviceHoldsQuery = (id: string) =>
  queryOptions({
    queryKey: ['holds', id],
    queryFn: ({ signal }) => getJson<Page<Hold>>(`${device(id)}/holds`, { query: { limit: 50 }, signal }),
  })

export const decisionsQuery = (id: string) =>
  queryOptions({
    queryKey: ['decisions', id],
    queryFn: ({ signal }) =>
      getJson<Page<Decision>>(`${device(id)}/decisions`, { query: { limit: 50 }, signal }),
  })

export const decide = (deviceId: string, decision: NewDecision) =>
  postJson<Decision>(`${device(deviceId)}/decisions`, decision)
