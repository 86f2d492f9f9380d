/** Customers, contracts with their live bills, and invoices. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors } from '../../billing/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { manufacturerOf } from '../authenticate.ts'
import { problemResponses } from '../problem-schema.ts'
import {
  closedObject,
  GeneratedIdText,
  PageQuery,
  presentPage,
  readInstant,
  readPage,
} from '../schema-parts.ts'
import {
  BillQuery,
  ContractPageComponent,
  ContractQuery,
  CustomerPageComponent,
  InvoiceComponent,
  InvoicePageComponent,
  InvoiceQuery,
  LiveBillComponent,
  presentContract,
  presentCustomer,
  presentInvoice,
  presentInvoiceSummary,
  presentLiveBill,
} from './ledger-schemas.ts'

const IdParams = closedObject({ id: GeneratedIdText })

export function ledgerRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  return async (routes) => {
    routes.get(
      '/customers',
      {
        config: { right: 'customers:read' },
        schema: {
          operationId: 'listCustomers',
          summary: 'Customers in order of id',
          tags: ['customers'],
          querystring: PageQuery,
          response: { 200: CustomerPageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await billing.listCustomers(manufacturerOf(request), readPage(request.query)),
          presentCustomer,
        ),
    )

    routes.get(
      '/contracts',
      {
        config: { right: 'customers:read' },
        schema: {
          operationId: 'listContracts',
          summary: 'Contracts in order of id, with the devices that each covers over time',
          tags: ['contracts'],
          querystring: ContractQuery,
          response: { 200: ContractPageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { items, nextAfter } = await billing.listContracts(manufacturerId, readPage(request.query))
        const contracts = items.map(async (contract) =>
          presentContract(
            contract,
            await billing.listAssignments(manufacturerId, { contractId: contract.id }),
          ),
        )
        return { items: await Promise.all(contracts), nextAfter: nextAfter ?? null }
      },
    )

    routes.get(
      '/contracts/:id/bill',
      {
        config: { right: 'bills:read' },
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
          manufacturerOf(request),
          request.params.id,
          cutoffAt === undefined ? undefined : readInstant(cutoffAt, '/cutoffAt'),
        )
        return presentLiveBill(bill)
      },
    )

    routes.get(
      '/invoices',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'listInvoices',
          summary: 'Invoices without their lines, newest first',
          tags: ['invoices'],
          querystring: InvoiceQuery,
          response: { 200: InvoicePageComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentPage(
          await billing.listInvoices(manufacturerOf(request), readPage(request.query)),
          presentInvoiceSummary,
        ),
    )

    routes.get(
      '/invoices/:id',
      {
        config: { right: 'bills:read' },
        schema: {
          operationId: 'getInvoice',
          summary: 'One invoice with its lines and why each says what it says',
          tags: ['invoices'],
          params: IdParams,
          response: { 200: InvoiceComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const invoice = await billing.findInvoice(manufacturerOf(request), request.params.id)
        if (invoice === undefined) {
          throw billingErrors.invoice_not_found(
            `Use the id of one of your invoices; "${request.params.id}" is not one.`,
          )
        }
        return presentInvoice(invoice)
      },
    )
  }
}
