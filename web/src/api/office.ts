/** What an office keeps in order: people, keys, the audit trail, mails, jobs, settings and the way to the first bill. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import type { Language } from './me.ts'
import type { Page } from './pages.ts'
import { getJson, getVersioned, patchJson, postJson, putJson } from './request.ts'

export type Colleague = {
  readonly membershipId: string
  readonly personId: string
  readonly name: string
  readonly email: string
  readonly role: string
  readonly customerId: string | null
  readonly state: 'invited' | 'active'
  readonly invitedAt: string
  readonly lastSignInAt: string | null
}

export const peopleQuery = queryOptions({
  queryKey: ['people'],
  queryFn: ({ signal }) => getJson<Page<Colleague>>('/v1/people', { query: { limit: 100 }, signal }),
})

export const invitePerson = (person: { email: string; name: string; role: string; customerId?: string }) =>
  postJson<Colleague>('/v1/people', person)

export const removePerson = (membershipId: string, reason: string) =>
  postJson<null>(`/v1/people/${membershipId}/remove`, { reason })

export type ApiKey = {
  readonly id: string
  readonly label: string
  readonly scopes: readonly string[]
  readonly createdAt: string
  readonly expiresAt: string | null
  readonly lastUsedAt: string | null
  readonly revokedAt: string | null
}

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: ({ signal }) => getJson<Page<ApiKey>>('/v1/api-keys', { query: { limit: 100 }, signal }),
})

export const createApiKey = (key: { label: string; scopes: readonly string[] }) =>
  postJson<ApiKey & { readonly key: string }>('/v1/api-keys', key)

export const revokeApiKey = (id: string) => postJson<unknown>(`/v1/api-keys/${id}/revoke`)

export type AuditEntry = {
  readonly no: number
  readonly at: string
  readonly actor: { readonly kind: string; readonly id: string; readonly name: string }
  readonly action: string
  readonly subject: { readonly kind: string; readonly id: string }
  readonly before: unknown
  readonly after: unknown
  readonly reason: string | null
  readonly hash: string
}

export const auditQuery = (text: string) =>
  infiniteQueryOptions({
    queryKey: ['audit', text],
    queryFn: ({ pageParam, signal }) =>
      getJson<Page<AuditEntry>>('/v1/audit', { query: { text, after: pageParam, limit: 25 }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextAfter }) => nextAfter ?? undefined,
  })

export type Mail = {
  readonly id: string
  readonly to: string
  readonly template: string
  readonly language: string
  readonly subject: string
  readonly state: 'waiting' | 'sent' | 'failed' | 'bounced'
  readonly attempts: number
  readonly nextAttemptAt: string | null
  readonly sentAt: string | null
  readonly problem: string | null
  readonly createdAt: string
}

export const mailsQuery = queryOptions({
  queryKey: ['mails'],
  queryFn: ({ signal }) => getJson<Page<Mail>>('/v1/mails', { query: { limit: 50 }, signal }),
})

export const retryMail = (id: string) => postJson<unknown>(`/v1/mails/${id}/retry`)

export type Job = {
  readonly name: string
  readonly schedule: string
  readonly lastStartedAt: string | null
  readonly lastFinishedAt: string | null
  readonly lastOutcome: 'done' | 'failed' | null
  readonly lastDetail: string | null
  readonly nextRunAt: string | null
  readonly isRunning: boolean
}

export const jobsQuery = queryOptions({
  queryKey: ['jobs'],
  queryFn: ({ signal }) => getJson<Page<Job>>('/v1/jobs', { signal }),
  refetchInterval: 10_000,
})

export const runJob = (name: string) => postJson<unknown>(`/v1/jobs/${encodeURIComponent(name)}/run`)

export type Seller = {
  readonly legalName: string
  readonly taxId: string
  readonly addressLines: readonly string[]
  readonly postalCode: string
  readonly city: string
  readonly country: string
  readonly email: string
  readonly phone: string
}

export type Manufacturer = {
  readonly name: string
  readonly currency: string
  readonly timeZone: string
  readonly languages: readonly Language[]
  readonly seller: Seller | null
  readonly mailSender: { readonly name: string; readonly address: string } | null
  readonly invoicePrefix: string
  readonly stripe: { readonly isConnected: boolean; readonly mode: 'test' | 'live' | null }
}

export const manufacturerQuery = queryOptions({
  queryKey: ['manufacturer'],
  queryFn: ({ signal }) => getVersioned<Manufacturer>('/v1/manufacturer', { signal }),
})

export const updateManufacturer = (change: Partial<Omit<Manufacturer, 'stripe'>>, etag: string | undefined) =>
  patchJson<Manufacturer>('/v1/manufacturer', change, etag)

export const connectStripe = (secrets: { secretKey: string; webhookSecret: string }) =>
  putJson<unknown>('/v1/manufacturer/stripe', secrets)

export const setupSteps = [
  'seller',
  'model',
  'tariff',
  'device',
  'customer',
  'contract',
  'first_reading',
] as const
export type SetupStep = (typeof setupSteps)[number]

export type Setup = {
  readonly steps: readonly { readonly id: SetupStep; readonly isDone: boolean }[]
  readonly isComplete: boolean
}

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  queryFn: ({ signal }) => getJson<Setup>('/v1/setup', { signal }),
  refetchInterval: ({ state }) => (state.data?.isComplete === true ? false : 5_000),
})
