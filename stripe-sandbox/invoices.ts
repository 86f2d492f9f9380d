/**
 * The endpoints of invoices. What an invoice may become is in `invoice-lifecycle.ts`; here parameters are read and
 * answers are shaped: an invoice shows only the first ten of its lines.
 */
import type { Stripe } from 'stripe'
import { getCustomer } from './customers.ts'
import {
  addLines,
  collect,
  deleteDraft,
  finalize,
  getInvoice,
  newInvoice,
  payOutOfBand,
} from './invoice-lifecycle.ts'
import type { Operation } from './operation.ts'
import { pageOf, pageReaders } from './pagination.ts'
import {
  idText,
  integer,
  list,
  metadata,
  object,
  oneOf,
  range,
  readParameters,
  text,
  truth,
  type Reader,
} from './parameters.ts'
import type { StoredInvoice } from './sandbox-state.ts'
import { invalidRequest, StripeFailure } from './stripe-failure.ts'

const MAX_LINES = 250
const currency: Reader<string> = (given, name) => {
  const code = text(3)(given, name)
  if (!/^[a-z]{3}$/.test(code)) throw invalidRequest(`Invalid currency: ${code}`, 'parameter_invalid', name)
  return code
}

export const invoiceOperations: readonly Operation[] = [
  {
    name: 'create_invoice',
    method: 'POST',
    path: '/v1/invoices',
    prepare(context, form) {
      const parameters = readParameters(
        form,
        {
          customer: idText,
          currency,
          auto_advance: truth,
          collection_method: oneOf(['charge_automatically']),
          pending_invoice_items_behavior: oneOf(['exclude']),
          number: text(26),
          description: text(1500),
          metadata,
        },
        ['customer'],
      )
      const customer = getCustomer(context.state.customers, parameters.customer, 'customer', 400)
      return () => showInvoice(newInvoice(context, customer, parameters))
    },
  },
  {
    name: 'list_invoices',
    method: 'GET',
    path: '/v1/invoices',
    prepare({ state }, form) {
      const { customer, status, created, ...page } = readParameters(form, {
        customer: idText,
        status: oneOf(['draft', 'open', 'paid', 'uncollectible', 'void']),
        created: range,
        ...pageReaders,
      })
      if (customer !== undefined) getCustomer(state.customers, customer, 'customer', 400)
      return () => {
        const found = [...state.invoices.values()]
          .filter(
            ({ invoice }) =>
              (customer === undefined || invoice.customer === customer) &&
              (status === undefined || invoice.status === status) &&
              (created === undefined || created(invoice.created)),
          )
          .map(showInvoice)
        return pageOf(found.reverse(), page, '/v1/invoices')
      }
    },
  },
  {
    name: 'retrieve_invoice',
    method: 'GET',
    path: '/v1/invoices/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return () => showInvoice(getInvoice(state, id))
    },
  },
  {
    name: 'delete_invoice',
    method: 'DELETE',
    path: '/v1/invoices/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return () => {
        deleteDraft(state, id)
        return { id, object: 'invoice', deleted: true } satisfies Stripe.DeletedInvoice
      }
    },
  },
  {
    name: 'list_line_items',
    method: 'GET',
    path: '/v1/invoices/{id}/lines',
    prepare({ state }, form, id) {
      const page = readParameters(form, pageReaders)
      return () => pageOf(getInvoice(state, id).lines, page, `/v1/invoices/${id}/lines`)
    },
  },
  {
    name: 'add_lines',
    method: 'POST',
    path: '/v1/invoices/{id}/add_lines',
    prepare(context, form, id) {
      const line = object(
        {
          amount: integer,
          description: text(500),
          period: object({ start: integer, end: integer }, ['start', 'end']),
          metadata,
        },
        ['amount'],
      )
      const { lines } = readParameters(form, { lines: list(line) }, ['lines'])
      if (lines.length > MAX_LINES) {
        throw invalidRequest(`An invoice has at most ${MAX_LINES} lines.`, 'parameter_invalid', 'lines')
      }
      for (const [index, { period }] of lines.entries()) {
        if (period !== undefined && period.end < period.start) {
          throw invalidRequest(
            'period[end] is before period[start].',
            'parameter_invalid',
            `lines[${index}][period]`,
          )
        }
      }
      return () => showInvoice(addLines(context, id, lines, MAX_LINES))
    },
  },
  {
    name: 'finalize_invoice',
    method: 'POST',
    path: '/v1/invoices/{id}/finalize',
    prepare(context, form, id) {
      const { auto_advance } = readParameters(form, { auto_advance: truth })
      return () => showInvoice(finalize(context, id, auto_advance))
    },
  },
  {
    name: 'pay_invoice',
    method: 'POST',
    path: '/v1/invoices/{id}/pay',
    prepare(context, form, id) {
      const { paid_out_of_band } = readParameters(form, { paid_out_of_band: truth })
      return () => {
        const { invoice } = getInvoice(context.state, id)
        if (invoice.status !== 'open') {
          throw invalidRequest(
            `Only an open invoice can be paid; this one is ${invoice.status}.`,
            invoice.status === 'paid' ? 'invoice_already_paid' : 'invoice_not_editable',
          )
        }
        if (paid_out_of_band === true) return showInvoice(payOutOfBand(context, id))
        const collected = collect(context, id)
        if (collected.invoice.status !== 'paid') {
          throw new StripeFailure(402, {
            type: 'card_error',
            code: 'card_declined',
            decline_code: 'generic_decline',
            message: 'Your card was declined.',
          })
        }
        return showInvoice(collected)
      }
    },
  },
]

function showInvoice({ invoice, lines }: StoredInvoice): Stripe.Invoice {
  return { ...invoice, lines: pageOf(lines, {}, invoice.lines.url) }
}
