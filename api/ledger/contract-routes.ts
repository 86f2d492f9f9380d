/** Contracts with their live bills, drafts and usage. A customer's people see those of their customer. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'

import { billingErrors, termAt, versionOfContract, type Contract } from '../../billing/index.ts'
import { type Clock, type CustomerId, type TariffId, type Tenant } from '../../core/index.ts'
import type { ApiBilling, ApiMetering } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { expectedVersions, IF_MATCH_NEEDED, tagAs } from '../etags.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, readInstant, readPage } from '../schema-parts.ts'
import {
  ChangeTariffBody,
  ChangeTimeZoneBody,
  ContractComponent,
  ContractPageComponent,
  ContractQuery,
  ContractUsageComponent,
  ContractUsageQuery,
  CreateContractBody,
  presentContract,
  readContractTerms,
} from './contract-schemas.ts'
import { readContractUsage } from './contract-usage.ts'
import { BillQuery, DraftQuery, LiveBillComponent, presentLiveBill } from './ledger-schemas.ts'

export function contractRoutes(
  billing: ApiBilling,
  metering: ApiMetering,
  clock: Clock,
): FastifyPluginAsyncTypebox {
  async function showContract(request: FastifyRequest, tenant: Tenant, contract: Contract) {
    tagAs(request, versionOfContract(contract))
    const assignments = await billing.listAssignments(tenant, { contractId: contract.id })
    return presentContract(contract, assignments, clock.now())
  }

  return async (routes) => {
    routes.get(
      '/contracts',
      {
        config: { right: 'customers:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listContracts',
          summary:
            'Contracts with the devices that each covers over time, in order of id unless asked otherwise',
          tags: ['contracts'],
          querystring: ContractQuery,
          response: { 200: ContractPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const tenant = tenantOf(request)
        const { items, nextAfter } = await billing.listContracts(tenant, readPage(request.query))
        const contractIds = items.map(({ id }) => id)
        const assignments = Map.groupBy(
          await billing.listAssignments(tenant, { contractIds }),
          ({ contractId }) => contractId,
        )
        return {
          items: items.map((contract) =>
            presentContract(contract, assignments.get(contract.id) ?? [], clock.now()),
          ),
          nextAfter: nextAfter ?? null,
        }
      },
    )

    routes.post(
      '/contracts',
      {
        config: { right: 'customers:write', keepsAnswer: true },
        schema: {
          operationId: 'createContract',
          summary: 'Agree on a tariff with a customer',
          tags: ['contracts'],
          body: CreateContractBody,
          response: { 201: ContractComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { customerId, ...terms } = request.body
        const { actor } = accessOf(request)
        const manufacturerId = manufacturerOf(request)
        const input = { ...readContractTerms(terms), customerId: customerId as CustomerId }
        const contract = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).createContract(manufacturerId, input),
          (madeId) => getContract(billing, manufacturerId, madeId),
        )
        reply.code(201).header('location', `/v1/contracts/${contract.id}`)
        return presentContract(contract, [], clock.now())
      },
    )

    routes.get(
      '/contracts/:id',
      {
        config: { right: 'customers:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getContract',
          summary: 'One contract with the devices that it covers over time',
          tags: ['contracts'],
          params: IdParams,
          response: { 200: ContractComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const tenant = tenantOf(request)
        return showContract(request, tenant, await getContract(billing, tenant, request.params.id))
      },
    )

    routes.post(
      '/contracts/:id/tariff-changes',
      {
        config: { right: 'customers:write' },
        schema: {
          operationId: 'changeContractTariff',
          summary: 'Move a contract to another tariff from an instant on',
          description: `Another tariff from the same instant takes the place of the first. Refused before what is already invoiced, and with another currency inside a period. ${IF_MATCH_NEEDED}`,
          tags: ['contracts'],
          params: IdParams,
          body: ChangeTariffBody,
          response: { 200: ContractComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { tariffId, from } = request.body
        const contract = await billing
          .by(accessOf(request).actor)
          .changeTariff(
            manufacturerId,
            request.params.id,
            { tariffId: tariffId as TariffId, from: readInstant(from, '/from') },
            expectedVersions(request),
          )
        return showContract(request, manufacturerId, contract)
      },
    )

    routes.post(
      '/contracts/:id/time-zone-changes',
      {
        config: { right: 'customers:write' },
        schema: {
          operationId: 'changeContractTimeZone',
          summary:
            'Move a contract to another time zone with the first period that begins at an instant or later',
          description: `That period starts where the last one ended and ends on a border of the new zone. Refused before what is already invoiced. ${IF_MATCH_NEEDED}`,
          tags: ['contracts'],
          params: IdParams,
          body: ChangeTimeZoneBody,
          response: { 200: ContractComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { timeZone, from } = request.body
        const contract = await billing
          .by(accessOf(request).actor)
          .changeTimeZone(
            manufacturerId,
            request.params.id,
            { timeZone, from: readInstant(from, '/from') },
            expectedVersions(request),
          )
        return showContract(request, manufacturerId, contract)
      },
    )

    routes.get(
      '/contracts/:id/bill',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getLiveBill',
          summary: 'What the running period costs so far; a draft at the same cutoff has the same lines',
          tags: ['contracts'],
          params: IdParams,
          querystring: BillQuery,
          response: { 200: LiveBillComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { cutoffAt } = request.query
        const bill = await billing.liveBill(
          tenantOf(request),
          request.params.id,
          cutoffAt === undefined ? undefined : readInstant(cutoffAt, '/cutoffAt'),
        )
        return presentLiveBill(bill)
      },
    )

    routes.get(
      '/contracts/:id/draft',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getDraftBill',
          summary: 'The bill of a period that has ended, as far as it is known',
          tags: ['contracts'],
          params: IdParams,
          querystring: DraftQuery,
          response: { 200: LiveBillComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { at } = request.query
        const bill = await billing.draftBill(
          tenantOf(request),
          request.params.id,
          at === undefined ? undefined : readInstant(at, '/at'),
        )
        return presentLiveBill(bill)
      },
    )

    routes.get(
      '/contracts/:id/usage',
      {
        config: { right: 'usage:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getContractUsage',
          summary: "The usage of the contract's devices in steps, only while they are assigned to it",
          tags: ['contracts', 'usage'],
          params: IdParams,
          querystring: ContractUsageQuery,
          response: { 200: ContractUsageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const tenant = tenantOf(request)
        const contract = await getContract(billing, tenant, request.params.id)
        const {
          from,
          to,
          step = 'day',
          timeZone = termAt(contract.timeZones, clock.now()).timeZone,
        } = request.query
        const span = {
          from: readInstant(from, '/from'),
          to: to === undefined ? clock.now() : readInstant(to, '/to'),
        }
        const assignments = await billing.listAssignments(tenant, { contractId: contract.id })
        return readContractUsage(metering, contract, assignments, { span, step, timeZone })
      },
    )
  }
}

/** @throws AppError `contract_not_found` */
export async function getContract(billing: ApiBilling, tenant: Tenant, id: string): Promise<Contract> {
  const contract = await billing.findContract(tenant, id)
  if (contract === undefined) {
    throw billingErrors.contract_not_found(`Use the id of one of your contracts; "${id}" is not one.`)
  }
  return contract
}
