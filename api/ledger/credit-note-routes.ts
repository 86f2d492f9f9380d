/** Credit notes, and what a person decides about an issued invoice. A customer's people see the credit notes of their customer. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

import { billingErrors, type CreditNote } from '../../billing/index.ts'
import type { Tenant } from '../../core/index.ts'
import type { ApiBilling } from '../api-options.ts'
import { accessOf, manufacturerOf, tenantOf } from '../authenticate.ts'
import { makeOnce } from '../idempotency/replay-answers.ts'
import { problemResponses } from '../problem-schema.ts'
import { IdParams, presentPage, readPage, readPeriod } from '../schema-parts.ts'
import {
  CreditInvoiceBody,
  CreditNoteComponent,
  CreditNotePageComponent,
  CreditNoteQuery,
  DecideBody,
  presentCreditNote,
  readCredit,
} from './credit-note-schemas.ts'
import { InvoiceComponent, presentInvoice } from './ledger-schemas.ts'

export function creditNoteRoutes(billing: ApiBilling): FastifyPluginAsyncTypebox {
  async function showInvoice(tenant: Tenant, id: string) {
    const invoice = await billing.findInvoice(tenant, id)
    if (invoice === undefined) {
      throw billingErrors.invoice_not_found(`Use the id of one of your invoices; "${id}" is not one.`)
    }
    return presentInvoice(invoice)
  }

  return async (routes) => {
    routes.get(
      '/credit-notes',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'listCreditNotes',
          summary: 'Credit notes, the newest first unless asked otherwise',
          description: 'With `from` and `to` those that were issued in that span.',
          tags: ['credit notes'],
          querystring: CreditNoteQuery,
          response: { 200: CreditNotePageComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const { from, to, ...query } = readPage(request.query)
        const issued = readPeriod({ from, to })
        const page = await billing.listCreditNotes(tenantOf(request), {
          ...query,
          ...(issued !== undefined && { issued }),
        })
        return presentPage(page, presentCreditNote)
      },
    )

    routes.get(
      '/credit-notes/:id',
      {
        config: { right: 'bills:read', tenants: 'customer_too' },
        schema: {
          operationId: 'getCreditNote',
          summary: 'One credit note',
          tags: ['credit notes'],
          params: IdParams,
          response: { 200: CreditNoteComponent.ref, ...problemResponses },
        },
      },
      async (request) =>
        presentCreditNote(await getCreditNote(billing, tenantOf(request), request.params.id)),
    )

    routes.post(
      '/invoices/:id/credit-notes',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'creditInvoice',
          summary: 'Give back what an invoice charged: all that is left, an amount, or lines',
          description:
            'All credit notes of an invoice together give back at most what it charged, for each rate of tax and each line too.',
          tags: ['credit notes'],
          params: IdParams,
          body: CreditInvoiceBody,
          response: { 201: CreditNoteComponent.ref, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { actor } = accessOf(request)
        const manufacturerId = manufacturerOf(request)
        const { kind, reason, credit } = request.body
        const input = { kind, reason, credit: readCredit(credit) }
        const note = await makeOnce(
          request,
          (onMade) => billing.by(actor, onMade).creditInvoice(manufacturerId, request.params.id, input),
          (madeId) => getCreditNote(billing, manufacturerId, madeId),
        )
        reply.code(201).header('location', `/v1/credit-notes/${note.id}`)
        return presentCreditNote(note)
      },
    )

    routes.post(
      '/invoices/:id/void',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'voidInvoice',
          summary: 'Make an unpaid invoice void; again changes nothing',
          description:
            'Its period is unbilled until it is issued anew. Refused where a credit note gave something back or a later invoice corrects it: then give back the rest with a credit note.',
          tags: ['invoices'],
          params: IdParams,
          body: DecideBody,
          response: { 200: InvoiceComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { id } = request.params
        await billing.by(accessOf(request).actor).voidInvoice(manufacturerId, id, request.body)
        return await showInvoice(manufacturerId, id)
      },
    )

    routes.post(
      '/invoices/:id/reissue',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'reissueInvoice',
          summary: 'Make an invoice void, if it is not, and bill its period again from what is known now',
          description: 'Answers with the new invoice; again answers with the same one.',
          tags: ['invoices'],
          params: IdParams,
          body: DecideBody,
          response: { 200: InvoiceComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const changes = billing.by(accessOf(request).actor)
        const { invoiceId } = await changes.reissueInvoice(manufacturerId, request.params.id, request.body)
        return await showInvoice(manufacturerId, invoiceId)
      },
    )

    routes.post(
      '/invoices/:id/write-off',
      {
        config: { right: 'bills:write', keepsAnswer: true },
        schema: {
          operationId: 'writeOffInvoice',
          summary: 'Give up on an invoice that will not be paid; again changes nothing',
          tags: ['invoices'],
          params: IdParams,
          body: DecideBody,
          response: { 200: InvoiceComponent.ref, ...problemResponses },
        },
      },
      async (request) => {
        const manufacturerId = manufacturerOf(request)
        const { id } = request.params
        await billing.by(accessOf(request).actor).writeOffInvoice(manufacturerId, id, request.body)
        return await showInvoice(manufacturerId, id)
      },
    )
  }
}

/** @throws AppError `credit_note_not_found` */
async function getCreditNote(billing: ApiBilling, tenant: Tenant, id: string): Promise<CreditNote> {
  const note = await billing.findCreditNote(tenant, id)
  if (note === undefined) {
    throw billingErrors.credit_note_not_found(`Use the id of one of your credit notes; "${id}" is not one.`)
  }
  return note
}
