/** Webhooks of a manufacturer: where its events go, with which secret, and how each was delivered. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'

import { versionOfEndpoint, type WebhookEndpoint } from '../../webhooks/index.ts'
import type { ApiWebhooks } from '../api-options.ts'
import { accessOf, manufacturerOf } from '../authenticate.ts'
import { expectedVersions, IF_MATCH_NEEDED, tagAs } from '../etags.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readInstant, readPage, readSpan } from '../schema-parts.ts'
import {
  DeliveryPageComponent,
  DeliveryQuery,
  EndpointBody,
  EndpointComponent,
  EndpointPageComponent,
  EndpointPatchBody,
  EndpointQuery,
  EventPageComponent,
  EventQuery,
  EventWithDeliveriesComponent,
  NewEndpointComponent,
  presentDelivery,
  presentEndpoint,
  presentEvent,
  ReplayedComponent,
  ReplayEventBody,
  ReplayMissedBody,
  SecretBody,
  TestedComponent,
  toPatch,
} from './webhook-schemas.ts'

const tags = ['webhook endpoints']
const reading = { right: 'webhooks:read' } as const
const changing = { right: 'webhooks:write' } as const

export function webhookRoutes(webhooks: ApiWebhooks): FastifyPluginAsyncTypebox {
  return async (routes) => {
    await routes.register(endpointRoutes(webhooks))
    await routes.register(deliveryRoutes(webhooks))
  }
}

function present(request: FastifyRequest, endpoint: WebhookEndpoint) {
  tagAs(request, versionOfEndpoint(endpoint))
  return presentEndpoint(endpoint)
}

function endpointRoutes(webhooks: ApiWebhooks): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/webhook-endpoints',
      {
        config: reading,
        schema: {
          operationId: 'listWebhookEndpoints',
          summary:
            'Where events are sent, in the order in which the endpoints were added unless asked otherwise',
          tags,
          querystring: EndpointQuery,
          response: { 200: EndpointPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await webhooks.listEndpoints(manufacturerOf(request), readPage(request.query)),
          presentEndpoint,
        ),
    )

    routes.post(
      '/webhook-endpoints',
      {
        config: changing,
        schema: {
          operationId: 'addWebhookEndpoint',
          summary: 'Add an endpoint; the answer shows its secret this once',
          description: 'Events of every type go there unless `eventTypes` chooses.',
          tags,
          body: EndpointBody,
          response: { 201: NewEndpointComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { url, description = '', eventTypes } = request.body
        const { endpoint, secret } = await webhooks
          .by(accessOf(request).actor)
          .addEndpoint(manufacturerOf(request), { url, description, eventTypes })
        reply.code(201).header('location', `/v1/webhook-endpoints/${endpoint.id}`)
        return { ...presentEndpoint(endpoint), secret }
      },
    )

    routes.get(
      '/webhook-endpoints/:id',
      {
        config: reading,
        schema: {
          operationId: 'getWebhookEndpoint',
          summary: 'One endpoint; never its secret',
          tags,
          params: IdParams,
          response: { 200: EndpointComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        present(request, await webhooks.getEndpoint(manufacturerOf(request), request.params.id)),
    )

    routes.patch(
      '/webhook-endpoints/:id',
      {
        config: changing,
        schema: {
          operationId: 'updateWebhookEndpoint',
          summary: 'Change an endpoint, or switch it off or on',
          description: `Switched off, what waits for it ends as failed; switched on, ask for what it missed. ${IF_MATCH_NEEDED}`,
          tags,
          params: IdParams,
          body: EndpointPatchBody,
          response: { 200: EndpointComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const changes = webhooks.by(accessOf(request).actor)
        const expected = expectedVersions(request)
        return present(
          request,
          await changes.changeEndpoint(
            manufacturerOf(request),
            request.params.id,
            toPatch(request.body),
            expected,
          ),
        )
      },
    )

    routes.post(
      '/webhook-endpoints/:id/remove',
      {
        config: changing,
        schema: {
          operationId: 'removeWebhookEndpoint',
          summary: 'Remove an endpoint for good; what waits for it is not sent',
          tags,
          params: IdParams,
          response: { 204: Type.Null({ description: 'Removed' }), ...problemResponses },
        },
      },
      async (request, reply) => {
        await webhooks.by(accessOf(request).actor).removeEndpoint(manufacturerOf(request), request.params.id)
        return reply.code(204).send(null)
      },
    )

    routes.post(
      '/webhook-endpoints/:id/secret',
      {
        config: changing,
        schema: {
          operationId: 'replaceWebhookSecret',
          summary: 'Make a new secret, shown this once; the one before signs too for a while',
          tags,
          params: IdParams,
          body: SecretBody,
          response: { 200: NewEndpointComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { endpoint, secret } = await webhooks
          .by(accessOf(request).actor)
          .replaceSecret(manufacturerOf(request), request.params.id, request.body.overlapHours)
        return { ...presentEndpoint(endpoint), secret }
      },
    )

    routes.post(
      '/webhook-endpoints/:id/test',
      {
        config: changing,
        schema: {
          operationId: 'testWebhookEndpoint',
          summary: 'Send a test event to this endpoint alone',
          tags,
          params: IdParams,
          response: { 202: TestedComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const changes = webhooks.by(accessOf(request).actor)
        const eventId = await changes.testEndpoint(manufacturerOf(request), request.params.id)
        webhooks.deliverSoon()
        return reply.code(202).send({ eventId })
      },
    )

    routes.post(
      '/webhook-endpoints/:id/replay',
      {
        config: changing,
        schema: {
          operationId: 'replayMissedWebhooks',
          summary: 'Send again what failed or never went to this endpoint since an instant',
          description: 'Oldest first, at most 1,000 events in a call; nothing that was delivered.',
          tags,
          params: IdParams,
          body: ReplayMissedBody,
          response: { 202: ReplayedComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const since = readInstant(request.body.since, '/since')
        const changes = webhooks.by(accessOf(request).actor)
        const deliveries = await changes.replayMissed(manufacturerOf(request), request.params.id, since)
        webhooks.deliverSoon()
        return reply.code(202).send({ deliveries })
      },
    )
  }
}

function deliveryRoutes(webhooks: ApiWebhooks): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/webhook-endpoints/:id/deliveries',
      {
        config: reading,
        schema: {
          operationId: 'listWebhookDeliveries',
          summary: 'Deliveries to an endpoint with their attempts, the newest first unless asked otherwise',
          tags,
          params: IdParams,
          querystring: DeliveryQuery,
          response: { 200: DeliveryPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await webhooks.listDeliveries(manufacturerOf(request), request.params.id, readPage(request.query)),
          presentDelivery,
        ),
    )

    routes.get(
      '/webhook-events',
      {
        config: reading,
        schema: {
          operationId: 'listWebhookEvents',
          summary: 'Events of the last 30 days, the newest first unless asked otherwise',
          description: 'With `from` and `to` those that happened in that span.',
          tags,
          querystring: EventQuery,
          response: { 200: EventPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = readPage(request.query)
        const page = await webhooks.listEvents(manufacturerOf(request), {
          ...query,
          ...readSpan({ from, to }),
        })
        return presentPage(page, presentEvent)
      },
    )

    routes.get(
      '/webhook-events/:id',
      {
        config: reading,
        schema: {
          operationId: 'getWebhookEvent',
          summary: 'One event with the body that is sent and how it was delivered',
          tags,
          params: IdParams,
          response: { 200: EventWithDeliveriesComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const event = await webhooks.getEvent(manufacturerOf(request), request.params.id)
        const { payload, deliveries } = event
        return { ...presentEvent(event), payload, deliveries: deliveries.map(presentDelivery) }
      },
    )

    routes.post(
      '/webhook-events/:id/replay',
      {
        config: changing,
        schema: {
          operationId: 'replayWebhookEvent',
          summary: 'Send an event again, with the same id and the same bytes',
          description:
            'To one endpoint, else to each that is on and wants its type; also where it was delivered.',
          tags,
          params: IdParams,
          body: ReplayEventBody,
          response: { 202: ReplayedComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const changes = webhooks.by(accessOf(request).actor)
        const { endpointId } = request.body
        const deliveries = await changes.replayEvent(manufacturerOf(request), request.params.id, endpointId)
        webhooks.deliverSoon()
        return reply.code(202).send({ deliveries })
      },
    )
  }
}
