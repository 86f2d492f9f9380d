/** Where our events go, with which secret, and how each was delivered. */
import { queryOptions } from '@tanstack/react-query'

import { given } from './given.ts'
import { bodyOf, onVersion, server, versionedOf, type BodyOf, type Schemas } from './request.ts'

export type Endpoint = Schemas['WebhookEndpoint']
export type Delivery = Schemas['WebhookDelivery']
export type EventType = NonNullable<Endpoint['eventTypes']>[number]

const named = (id: string) => ({ path: { id } })

/** There are never more than one page of them. */
export const endpointsQuery = queryOptions({
  queryKey: ['webhook-endpoints'],
  queryFn: ({ signal }) =>
    bodyOf(server.GET('/v1/webhook-endpoints', { params: { query: { limit: 100 } }, signal })),
})

export const endpointQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhook-endpoints', id],
    queryFn: ({ signal }) => readEndpoint(id, signal),
  })

export const readEndpoint = (id: string, signal?: AbortSignal) =>
  versionedOf(server.GET('/v1/webhook-endpoints/{id}', { params: named(id), ...given({ signal }) }))

/** Looked at again while somebody watches, since deliveries go on by themselves. */
export const deliveriesQuery = (id: string, after: string | undefined) =>
  queryOptions({
    queryKey: ['webhook-endpoints', id, 'deliveries', after],
    queryFn: ({ signal }) => {
      const query = { ...given({ after }), limit: 25 }
      return bodyOf(
        server.GET('/v1/webhook-endpoints/{id}/deliveries', { params: { ...named(id), query }, signal }),
      )
    },
    refetchInterval: 5_000,
  })

export const addEndpoint = (endpoint: BodyOf<'addWebhookEndpoint'>) =>
  bodyOf(server.POST('/v1/webhook-endpoints', { body: endpoint }))

export const updateEndpoint = (
  id: string,
  change: BodyOf<'updateWebhookEndpoint'>,
  etag: string | undefined,
) =>
  bodyOf(server.PATCH('/v1/webhook-endpoints/{id}', { params: named(id), body: change, ...onVersion(etag) }))

export const removeEndpoint = (id: string) =>
  bodyOf(server.POST('/v1/webhook-endpoints/{id}/remove', { params: named(id) }))

/** @param overlapHours how long the secret before signs too; the server's choice if left out */
export const replaceSecret = (id: string, overlapHours?: number) =>
  bodyOf(
    server.POST('/v1/webhook-endpoints/{id}/secret', { params: named(id), body: given({ overlapHours }) }),
  )

export const testEndpoint = (id: string) =>
  bodyOf(server.POST('/v1/webhook-endpoints/{id}/test', { params: named(id) }))

export const replayMissed = (id: string, since: string) =>
  bodyOf(server.POST('/v1/webhook-endpoints/{id}/replay', { params: named(id), body: { since } }))

export const replayEvent = (eventId: string, endpointId: string) =>
  bodyOf(server.POST('/v1/webhook-events/{id}/replay', { params: named(eventId), body: { endpointId } }))
