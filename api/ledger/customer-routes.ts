/** Customers: the billing accounts that contracts belong to. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors, versionOfCustomer, type Customer } from '../../billing/index.ts'
import type { Tenant } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { expectedVersions, IF_MATCH_NEEDED, tagAs } from '../etags.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readPage } from '../schema-parts.ts'
import {
  CreateCustomerBody,
  CustomerComponent,
  CustomerPageComponent,
  CustomerQuery,
  PatchCustomerBody,
  presentCustomer,
} from './customer-schemas.ts'

export function customerRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/customers',
      {
        config: { right: 'customers:read' },
        schema: {
          operationId: 'listCustomers',
          summary: 'Customers, in order of id unless asked otherwise',
          tags: ['customers'],
          querystring: CustomerQuery,
          response: { 200: CustomerPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await billing.listCustomers(manufacturerOf(request), readPage(request.query)),
          presentCustomer,
        ),
    )

    routes.post(
      '/customers',
      {
        config: { right: 'customers:write', keepsAnswer: true },
        schema: {
          operationId: 'createCustomer',
          summary: 'Add a customer',
          tags: ['customers'],
          body: CreateCustomerBody,
          response: { 201: CustomerComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { actor } = accessOf(request)
        const manufacturerId = manufacturerOf(request)
        const customer = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).createCustomer(manufacturerId, request.body),
          (madeId) => getCustomer(billing, manufacturerId, madeId),
        )
        reply.code(201).header('location', `/v1/customers/${customer.id}`)
        return presentCustomer(customer)
      },
    )

    routes.get(
      '/customers/:id',
      {
        config: { right: 'customers:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getCustomer',
          summary: 'One customer; to a customer itself, its own account',
          tags: ['customers'],
          params: IdParams,
          response: { 200: CustomerComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const customer = await getCustomer(billing, tenantOf(request), request.params.id)
        tagAs(request, versionOfCustomer(customer))
        return presentCustomer(customer)
      },
    )

    routes.patch(
      '/customers/:id',
      {
        config: { right: 'customers:write' },
        schema: {
          operationId: 'updateCustomer',
          summary: 'Change what is said about a customer',
          description: IF_MATCH_NEEDED,
          tags: ['customers'],
          params: IdParams,
          body: PatchCustomerBody,
          response: { 200: CustomerComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const changes = billing.by(accessOf(request).actor)
        const customer = await changes.updateCustomer(
          manufacturerOf(request),
          request.params.id,
          request.body,
          expectedVersions(request),
        )
        tagAs(request, versionOfCustomer(customer))
        return presentCustomer(customer)
      },
    )
  }
}

async function getCustomer(billing: ApiBilling, tenant: Tenant, id: string): Promise<Customer> {
  const customer = await billing.findCustomer(tenant, id)
  if (customer === undefined) {
    throw billingErrors.customer_not_found(`Use the id of one of your customers; "${id}" is not one.`)
  }
  return customer
}
