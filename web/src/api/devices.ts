/** The fleet and its devices: where each stands, what it reported, what it signs in with. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { nextAfterOf, type Period } from './pages.ts'
import { given } from './given.ts'
import { bodyOf, onVersion, server, versionedOf, type BodyOf, type QueryOf, type Schemas } from './request.ts'

export type Fleet = Schemas['Fleet']
export type Device = Schemas['DeviceStatus']
export type DevicePage = Schemas['DevicePage']
export type Reading = Schemas['Reading']
export type Session = Schemas['Session']

type DeviceQuery = QueryOf<'listDevices'>
export type DeviceState = NonNullable<DeviceQuery['state']>
export const deviceStates = [
  'online',
  'offline',
  'never_seen',
  'silent',
  'revoked',
] as const satisfies readonly DeviceState[]
export type DeviceSort = NonNullable<DeviceQuery['sort']>
export const deviceSorts = ['id', '-id', 'lastSeenAt', '-lastSeenAt'] as const satisfies readonly DeviceSort[]
export type DeviceFilter = Pick<DeviceQuery, 'text' | 'state' | 'site' | 'tag' | 'modelId' | 'sort'>

/** The parts of a device's page, by their names in its address. */
export const deviceTabs = [
  'overview',
  'readings',
  'holds',
  'alarms',
  'access',
  'assignments',
  'details',
] as const
export type DeviceTab = (typeof deviceTabs)[number]

const named = (id: string) => ({ path: { id } })

export const fleetQuery = queryOptions({
  queryKey: ['fleet'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/fleet', { signal })),
  refetchInterval: 10_000,
})

export const devicesQuery = (filter: DeviceFilter, after: string | undefined, limit = 25) =>
  queryOptions({
    queryKey: ['devices', filter, after, limit],
    queryFn: ({ signal }) => {
      const query = { ...filter, ...given({ after }), limit }
      return bodyOf(server.GET('/v1/devices', { params: { query }, signal }))
    },
  })

export const deviceQuery = (id: string) =>
  queryOptions({
    queryKey: ['device', id],
    queryFn: ({ signal }) => readDevice(id, signal),
  })

/** With the version that a change must name. */
export const readDevice = (id: string, signal: AbortSignal | null = null) =>
  versionedOf(server.GET('/v1/devices/{id}', { params: named(id), signal }))

export type DeviceChange = BodyOf<'updateDevice'>

export const updateDevice = (id: string, change: DeviceChange, etag: string | undefined) =>
  bodyOf(server.PATCH('/v1/devices/{id}', { params: named(id), body: change, ...onVersion(etag) }))

export const readingsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ['readings', id],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...given({ after: pageParam }), limit: 50 }
      return bodyOf(server.GET('/v1/devices/{id}/readings', { params: { ...named(id), query }, signal }))
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextAfterOf,
  })

export const sessionsQuery = (id: string, period: Period) =>
  queryOptions({
    queryKey: ['sessions', id, period],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/devices/{id}/sessions', { params: { ...named(id), query: period }, signal })),
  })

export const secretsQuery = (id: string) =>
  queryOptions({
    queryKey: ['secrets', id],
    queryFn: ({ signal }) => bodyOf(server.GET('/v1/devices/{id}/secrets', { params: named(id), signal })),
  })

export const assignmentsQuery = (deviceId: string) =>
  queryOptions({
    queryKey: ['assignments', deviceId],
    queryFn: ({ signal }) =>
      bodyOf(server.GET('/v1/assignments', { params: { query: { deviceId } }, signal })),
  })

export const registerDevice = (device: BodyOf<'registerDevice'>) =>
  bodyOf(server.POST('/v1/devices', { body: device }))

export const createSecret = (id: string) =>
  bodyOf(server.POST('/v1/devices/{id}/secrets', { params: named(id) }))

export const revokeSecret = (id: string, secretId: number) =>
  bodyOf(
    server.POST('/v1/devices/{id}/secrets/{secretId}/revoke', {
      params: { path: { id, secretId: String(secretId) } },
    }),
  )
