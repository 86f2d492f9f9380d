/** What an office keeps in order: keys, jobs, settings and the way to the first bill. */
import { queryOptions } from '@tanstack/react-query'

import { bodyOf, onVersion, server, versionedOf, type BodyOf, type Schemas } from './request.ts'

const LIMIT = { query: { limit: 100 } }

export type ApiKey = Schemas['ApiKey']

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/api-keys', { params: LIMIT, signal })),
})

export const createApiKey = (key: BodyOf<'createApiKey'>) =>
  bodyOf(server.POST('/v1/api-keys', { body: key }))

export const revokeApiKey = (id: string) =>
  bodyOf(server.POST('/v1/api-keys/{id}/revoke', { params: { path: { id } } }))

export type Job = Schemas['Job']

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/jobs', { signal })),
  refetchInterval: 10_000,
})

export const runJob = (name: string) =>
  bodyOf(server.POST('/v1/jobs/{name}/run', { params: { path: { name } } }))

export type Manufacturer = Schemas['Manufacturer']

export const manufacturerQuery = queryOptions({
  queryKey: ['manufacturer'],
  queryFn: ({ signal }) => readManufacturer(signal),
})

/** With the version that a change must name. */
export function readManufacturer(signal: AbortSignal | null = null) {
  return versionedOf(server.GET('/v1/manufacturer', { signal }))
}

export const updateManufacturer = (change: BodyOf<'updateManufacturer'>, etag: string | undefined) =>
  bodyOf(server.PATCH('/v1/manufacturer', { body: change, ...onVersion(etag) }))

export const connectStripe = (secrets: BodyOf<'connectStripe'>) =>
  bodyOf(server.PUT('/v1/manufacturer/stripe', { body: secrets }))

export type Setup = Schemas['Setup']
export type SetupStep = Setup['steps'][number]['id']
export const setupSteps = [
  'seller',
  'tax_rate',
  'model',
  'tariff',
  'device',
  'customer',
  'contract',
  'first_reading',
] as const satisfies readonly SetupStep[]

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/setup', { signal })),
  refetchInterval: ({ state }) => (state.data?.isComplete === true ? false : 5_000),
})
