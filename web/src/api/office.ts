/** What an office keeps in order: people, keys, the audit trail, mails, jobs, settings and the way to the first bill. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { nextAfterOf } from './pages.ts'
import { given } from './given.ts'
import { bodyOf, onVersion, server, versionedOf, type BodyOf, type Schemas } from './request.ts'

const LIMIT = { query: { limit: 100 } }

export type Colleague = Schemas['Member']

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/people', { params: LIMIT, signal })),
})

export const invitePerson = (person: BodyOf<'invitePerson'>) =>
  bodyOf(server.POST('/v1/people', { body: person }))

export const removePerson = (membershipId: string, reason: string) =>
  bodyOf(
    server.POST('/v1/people/{membershipId}/remove', { params: { path: { membershipId } }, body: { reason } }),
  )

export type ApiKey = Schemas['ApiKey']

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/api-keys', { params: LIMIT, signal })),
})

export const createApiKey = (key: BodyOf<'createApiKey'>) =>
  bodyOf(server.POST('/v1/api-keys', { body: key }))

export const revokeApiKey = (id: string) =>
  bodyOf(server.POST('/v1/api-keys/{id}/revoke', { params: { path: { id } } }))

export type AuditEntry = Schemas['AuditEntry']

export const auditQuery = (text: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', text],
    queryFn: ({ pageParam, signal }) => {
      const query = { ...given({ text, after: pageParam }), limit: 25 }
      return bodyOf(server.GET('/v1/audit', { params: { query }, signal }))
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: nextAfterOf,
  })

export type Mail = Schemas['Mail']

export const mailsQuery = queryOptions({
  queryKey: ['mails'],
  queryFn: ({ signal }) => bodyOf(server.GET('/v1/mails', { params: { query: { limit: 50 } }, signal })),
})

export const retryMail = (id: Mail['id']) =>
  bodyOf(server.POST('/v1/mails/{id}/retry', { params: { path: { id: String(id) } } }))

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
  queryFn: ({ signal }) => versionedOf(server.GET('/v1/manufacturer', { signal })),
})

export const updateManufacturer = (change: BodyOf<'updateManufacturer'>, etag: string | undefined) =>
  bodyOf(server.PATCH('/v1/manufacturer', { body: change, ...onVersion(etag) }))

export const connectStripe = (secrets: BodyOf<'connectStripe'>) =>
  bodyOf(server.PUT('/v1/manufacturer/stripe', { body: secrets }))

export type Setup = Schemas['Setup']
export type SetupStep = Setup['steps'][number]['id']
export const setupSteps = [
  'seller',
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
