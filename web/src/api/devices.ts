/** The fleet and its devices: where each stands, what it reported, what it signs in with. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import type { Assignment } from './contracts.ts'
import type { Named, Page, Period } from './pages.ts'
import { getJson, postJson } from './request.ts'

export type Fleet = {
  readonly devices: number
  readonly online: number
  readonly offline: number
  readonly neverSeen: number
  readonly silent: number
  readonly revoked: number
  readonly openHolds: number
  readonly openAlarms: number
  readonly customers: number
}

export const deviceStates = ['online', 'offline', 'never_seen', 'silent', 'revoked'] as const
export type DeviceState = (typeof deviceStates)[number]
export const deviceSorts = ['id', '-id', 'lastSeenAt', '-lastSeenAt'] as const
export type DeviceSort = (typeof deviceSorts)[number]

export type Device = {
  readonly id: string
  readonly modelId: string
  readonly modelVersion: number
  readonly serial: string | null
  readonly commissionedAt: string
  readonly createdAt: string
  readonly presence: {
    readonly state: 'online' | 'offline'
    readonly at: string
    readonly reason: string
  } | null
  readonly lastReading: {
    readonly epoch: number
    readonly seq: number
    readonly receivedAt: string
    readonly at: string | null
  } | null
  readonly registers: Readonly<Record<string, { readonly value: string; readonly at: string }>>
  readonly openHolds: number
  readonly lastSeenAt: string | null
  readonly firmware: string | null
  readonly site: string | null
  readonly tags: readonly string[]
  readonly revoked: { readonly at: string; readonly reason: string } | null
  readonly customer?: Named | null
}

export type DeviceFilter = {
  readonly text?: string | undefined
  readonly state?: DeviceState | undefined
  readonly site?: string | undefined
  readonly tag?: string | undefined
  readonly modelId?: string | undefined
  readonly sort?: DeviceSort | undefined
}

export type Reading = {
  readonly epoch: number
  readonly seq: number
  readonly receivedAt: string
  readonly at: string | null
  readonly clock: string | null
  readonly registers: Readonly<Record<string, string>>
  readonly outcome: 'accepted' | 'held' | 'pending' | 'rejected'
  readonly codes: readonly string[]
}

export type Session = Period & {
  readonly quantity: string
  readonly register: string
  readonly isEstimated: boolean
}

export type Secret = {
  readonly id: number
  readonly createdAt: string
  readonly lastUsedAt: string | null
  readonly revokedAt: string | null
}

const device = (id: string) => `/v1/devices/${encodeURIComponent(id)}`

export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: ({ signal }) => getJson<Fleet>('/v1/fleet', { signal }),
  refetchInterval: 10_000,
})

export const devicesQuery = (filter: DeviceFilter, after: string | undefined, limit = 25) =>
  queryOptions({
    queryKey: ['devices', filter, after, limit],
    queryFn: ({ signal }) =>
      getJson<Page<Device>>('/v1/devices', { query: { ...filter, after, limit }, signal }),
  })

export const deviceQuery = (id: string) =>
  queryOptions({
    queryKey: ['device', id],
    queryFn: ({ signal }) => getJson<Device>(device(id), { signal }),
  })

export const readingsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['readings', id],
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<Reading>>(`${device(id)}/readings`, { query: { after: pageParam, limit: 50 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextAfter }) => nextAfter ?? undefined,
  })

export const sessionsQuery = (id: string, period: Period) =>
  queryOptions({
    queryKey: ['sessions', id, period],
    queryFn: ({ signal }) => getJson<Page<Session>>(`${device(id)}/sessions`, { query: period, signal }),
  })

export const secretsQuery = (id: string) =>
  queryOptions({
    queryKey: ['secrets', id],
    queryFn: ({ signal }) => getJson<{ items: readonly Secret[] }>(`${device(id)}/secrets`, { signal }),
  })

export const assignmentsQuery = (deviceId: string) =>
  queryOptions({
    queryKey: ['assignments', deviceId],
    queryFn: ({ signal }) =>
      getJson<Page<Assignment & { contractId?: string }>>('/v1/assignments', {
        query: { deviceId, limit: 50 },
        signal,
      }),
  })

export const registerDevice = (input: { id: string; modelId: string; commissionedAt: string }) =>
  postJson<{ device: { id: string }; secret: string }>('/v1/devices', input)

export const createSecret = (id: string) => postJson<{ id: number; secret: string }>(`${device(id)}/secrets`)

export const revokeSecret = (id: string, secretId: number) =>
  postJson<null>(`${device(id)}/secrets/${secretId}/revoke`)
