/** Manufacturers: the installation makes them, each describes itself. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'

import { assertInvariant } from '../../core/index.ts'
import { versionOfSettings } from '../../people/index.ts'
import type { ApiPeople } from '../api-options.ts'
import { accessOf } from '../authenticate.ts'
import { expectedVersions, IF_MATCH_NEEDED, tagAs } from '../etags.ts'
import { problemResponses } from '../problem-schema.ts'
import { closedObject, presentPage, readPage, withExample } from '../schema-parts.ts'
import {
  Email,
  ManufacturerComponent,
  ManufacturerPageComponent,
  Name,
  presentManufacturer,
  SettingsBody,
  settingsMembers,
  ManufacturerQuery,
} from './people-schemas.ts'

export function manufacturerRoutes(people: ApiPeople): FastifyPluginAsyncTypebox {
  return async (routes) => {
    const tags = ['manufacturers']

    routes.get(
      '/manufacturers',
      {
        config: { right: 'installation:read', tenants: 'installation' },
        schema: {
          operationId: 'listManufacturers',
          summary: 'Manufacturers, in order of id unless asked otherwise',
          tags,
          querystring: ManufacturerQuery,
          response: { 200: ManufacturerPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(await people.listManufacturers(readPage(request.query)), presentManufacturer),
    )

    routes.post(
      '/manufacturers',
      {
        config: { right: 'installation:write', tenants: 'installation' },
        schema: {
          operationId: 'createManufacturer',
          summary: 'Makes a manufacturer and invites its first administrator',
          tags,
          body: withExample(
            closedObject({ ...settingsMembers, admin: closedObject({ email: Email, name: Name }) }),
            {
              name: 'Nordbohr',
              invoicePrefix: 'NB',
              currency: 'EUR',
              timeZone: 'Europe/Berlin',
              languages: ['en', 'de'],
              admin: { email: 'jo@nordbohr.example', name: 'Jo Berg' },
            },
          ),
          response: { 201: ManufacturerComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const made = await people.createManufacturer(accessOf(request), request.body)
        return reply.code(201).send(presentManufacturer(made))
      },
    )

    routes.get(
      '/manufacturer',
      {
        config: { right: 'signed_in', tenants: 'customer_too' },
        schema: {
          operationId: 'getManufacturer',
          summary: 'The own manufacturer and its settings; never its secrets',
          tags,
          response: { 200: ManufacturerComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { manufacturerId } = accessOf(request)
        assertInvariant(manufacturerId !== undefined, 'The route is not for the installation.')
        const settings = await people.getSettings(manufacturerId)
        tagAs(request, versionOfSettings(settings))
        return presentManufacturer(settings)
      },
    )

    routes.patch(
      '/manufacturer',
      {
        config: { right: 'settings:write' },
        schema: {
          operationId: 'updateManufacturer',
          summary: 'Changes the settings that are named',
          description: IF_MATCH_NEEDED,
          tags,
          body: SettingsBody,
          response: { 200: ManufacturerComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const expected = expectedVersions(request)
        const settings = await people.updateSettings(accessOf(request), request.body, expected)
        tagAs(request, versionOfSettings(settings))
        return presentManufacturer(settings)
      },
    )

    routes.put(
      '/manufacturer/stripe',
      {
        config: { right: 'settings:write' },
        schema: {
          operationId: 'connectStripe',
          summary: "Stores Stripe's key and webhook secret, encrypted; neither is shown again",
          description:
            'Where something would come of it, it is refused with `stripe_connection_unconfirmed`, whose detail says what: invoices that were issued before go to ' +
            'Stripe at once, and with the key of another account or mode customers begin anew there while open invoices stay in the account before ' +
            '(`GET /v1/stripe/left-invoices`). Another key of the same account needs no confirmation.',
          tags,
          body: withExample(
            closedObject({
              secretKey: Type.String({ minLength: 1, maxLength: 300 }),
              webhookSecret: Type.String({ minLength: 1, maxLength: 300 }),
              isConfirmed: Type.Optional(
                Type.Boolean({ description: 'Whoever enters them knows what comes of it and wants it' }),
              ),
            }),
            { secretKey: 'sk_test_51Nordbohr', webhookSecret: 'whsec_Nordbohr' },
          ),
          response: { 200: ManufacturerComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { secretKey: apiKey, webhookSecret, isConfirmed = false } = request.body
        const pair = { apiKey, webhookSecret }
        return presentManufacturer(await people.connectStripe(accessOf(request), pair, { isConfirmed }))
      },
    )
  }
}
