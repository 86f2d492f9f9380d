/** The endpoints that make, change, list and show invoices. What an invoice may become is in `invoice-lifecycle.ts`. */
import type { Stripe } from 'stripe'
import { assertAttached } from './saved-methods.ts'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import { expandReader, noExpansion } from './expansion.ts'
import { addLines, deleteDraft, newInvoice, setAutoAdvance, updateDraft } from './invoice-lifecycle.ts'
import { assertDraft, getInvoice } from './invoice-store.ts'
import { priceReaders, readLinePrice } from './line-prices.ts'
import { fits, listOperation } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOf, pageReaders, scopeOf } from './pagination.ts'
import {
  currency,
  emptyable,
  idText,
  integer,
  list,
  metadata,
  object,
  oneOf,
  patchMetadata,
  percentage,
  range,
  readParameters,
  text,
  truth,
  type ReadersOf,
} from './parameters.ts'
import type { SandboxInvoice } from './sandbox-state.ts'
import { invoiceExpansions, showInvoice } from './show-invoice.ts'
import { invalidRequest } from './stripe-failure.ts'

const MAX_LINES = 250
const MAX_LINE_TAXES = 20
const MAX_CUSTOM_FIELDS = 4
const DAY_SECONDS = 86_400

export const expandInvoice = expandReader(invoiceExpansions)

const contentReaders = {
  auto_advance: truth,
  collection_method: oneOf(['charge_automatically', 'send_invoice']),
  custom_fields: emptyable(list(object({ name: text(40), value: text(140) }, ['name', 'value']))),
  days_until_due: integer,
  default_payment_method: idText,
  description: emptyable(text(500)),
  due_date: integer,
  effective_at: integer,
  expand: expandInvoice,
  footer: emptyable(text(5000)),
  metadata,
  number: text(26),
  payment_settings: object({ payment_method_types: emptyable(list(text(50))) }),
} satisfies ReadersOf<Stripe.InvoiceUpdateParams>

const lineReader = object({
  ...priceReaders,
  amount: integer,
  description: text(500),
  period: object({ start: integer, end: integer }, ['start', 'end']),
  metadata,
  tax_amounts: emptyable(
    list(
      object(
        {
          amount: integer,
          taxable_amount: integer,
          taxability_reason: text(50),
          tax_rate_data: object(
            {
              display_name: text(50),
              percentage,
              inclusive: truth,
              country: text(2),
              tax_type: text(50),
              description: text(500),
              jurisdiction: text(50),
              state: text(2),
            },
            ['display_name', 'percentage', 'inclusive'],
          ),
        },
        ['amount', 'taxable_amount', 'tax_rate_data'],
      ),
    ),
  ),
} satisfies ReadersOf<Stripe.InvoiceAddLinesParams.Line>)

export const invoiceOperations: readonly Operation[] = [
  {
    name: 'create_invoice',
    method: 'POST',
    path: '/v1/invoices',
    prepare(context, form) {
      const given = readParameters(
        form,
        {
          ...contentReaders,
          customer: idText,
          currency,
          pending_invoice_items_behavior: oneOf(['exclude']),
        } satisfies ReadersOf<Stripe.InvoiceCreateParams>,
        ['customer'],
      )
      const customer = getLivingCustomer(context.state, given.customer, 'customer', 400)
      assertContent(context, given, given.customer)
      assertCollection(given, given.collection_method ?? 'charge_automatically')
      return (): Stripe.Invoice => {
        const changes = contentOf(given, context.nowSecond(), null)
        const created = newInvoice(context, customer, {
          ...changes,
          ...(given.currency === undefined ? {} : { currency: given.currency }),
        })
        return showInvoice(context, created, given.expand ?? noExpansion)
      }
    },
  },
  listOperation({
    name: 'list_invoices',
    path: '/v1/invoices',
    readers: {
      customer: idText,
      status: oneOf(['draft', 'open', 'paid', 'uncollectible', 'void']),
      collection_method: contentReaders.collection_method,
      created: range,
      due_date: range,
      expand: expandReader(invoiceExpansions, 'data.'),
    } satisfies ReadersOf<Stripe.InvoiceListParams>,
    collection: (state) => state.invoices,
    check({ customer }, { state }) {
      if (customer !== undefined) getCustomer(state, customer, 'customer', 400)
    },
    scope: ({ customer, status }) => scopeOf('customer', customer) ?? scopeOf('status', status),
    isWanted: ({ invoice }, { status, collection_method, created, due_date }) =>
      fits<string>(status, invoice.status) &&
      fits<string>(collection_method, invoice.collection_method) &&
      created?.(invoice.created) !== false &&
      (due_date === undefined || (invoice.due_date !== null && due_date(invoice.due_date))),
    show: (stored, { expand }, context) => showInvoice(context, stored, expand ?? noExpansion),
  }),
  {
    name: 'retrieve_invoice',
    method: 'GET',
    path: '/v1/invoices/{id}',
    prepare(context, form, id) {
      const { expand } = readParameters(form, { expand: expandInvoice })
      return (): Stripe.Invoice => showInvoice(context, getInvoice(context.state, id), expand ?? noExpansion)
    },
  },
  {
    name: 'update_invoice',
    method: 'POST',
    path: '/v1/invoices/{id}',
    prepare(context, form, id) {
      const given = readParameters(form, contentReaders)
      return (): Stripe.Invoice => {
        const stored = getInvoice(context.state, id)
        const { auto_advance, expand, metadata: _patch, ...content } = given
        if (Object.keys(content).length > 0) {
          assertDraft(stored, 'Only auto_advance and metadata of a finalized invoice are changed')
        }
        assertContent(context, given, stored.invoice.customer)
        assertCollection(given, given.collection_method ?? stored.invoice.collection_method)
        const changed = updateDraft(context, id, contentOf(given, context.nowSecond(), stored.invoice))
        if (auto_advance !== undefined) setAutoAdvance(context, changed)
        return showInvoice(context, getInvoice(context.state, id), expand ?? noExpansion)
      }
    },
  },
  {
    name: 'delete_invoice',
    method: 'DELETE',
    path: '/v1/invoices/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.DeletedInvoice => {
        deleteDraft(context, id)
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
      return (): Stripe.ApiList<Stripe.InvoiceLineItem> =>
        pageOf(getInvoice(state, id).lines, page, `/v1/invoices/${id}/lines`)
    },
  },
  {
    name: 'add_lines',
    method: 'POST',
    path: '/v1/invoices/{id}/add_lines',
    prepare(context, form, id) {
      const { lines, expand } = readParameters(
        form,
        { lines: list(lineReader), expand: expandInvoice } satisfies ReadersOf<Stripe.InvoiceAddLinesParams>,
        ['lines'],
      )
      assertCount(lines.length, MAX_LINES, 'lines')
      for (const [index, { period, tax_amounts }] of lines.entries()) {
        if (period !== undefined && period.end < period.start) {
          throw invalidRequest(
            'period[end] is before period[start].',
            'parameter_invalid',
            `lines[${index}][period]`,
          )
        }
        assertCount(tax_amounts?.length ?? 0, MAX_LINE_TAXES, `lines[${index}][tax_amounts]`)
      }
      const priced = lines.map((line, index) => ({ ...line, ...readLinePrice(line, `lines[${index}]`) }))
      return (): Stripe.Invoice =>
        showInvoice(context, addLines(context, id, priced, MAX_LINES), expand ?? noExpansion)
    },
  },
]

type Content = ReturnType<typeof readContent>

function readContent(form: Parameters<typeof readParameters>[0]) {
  return readParameters(form, contentReaders)
}

function assertContent(context: SandboxContext, given: Content, customer: string): void {
  assertCount(given.custom_fields?.length ?? 0, MAX_CUSTOM_FIELDS, 'custom_fields')
  if (given.default_payment_method !== undefined) {
    assertAttached(context, given.default_payment_method, customer, 'default_payment_method')
  }
}

function assertCollection(given: Content, method: string): void {
  const { days_until_due, due_date } = given
  if (days_until_due !== undefined && due_date !== undefined) {
    throw invalidRequest('Give either days_until_due or due_date.', 'parameters_exclusive', 'due_date')
  }
  const hasDue = days_until_due !== undefined || due_date !== undefined
  if (hasDue && method === 'charge_automatically') {
    throw invalidRequest(
      'Only an invoice with collection_method=send_invoice has a due date.',
      'parameter_invalid',
      'days_until_due',
    )
  }
  if (!hasDue && given.collection_method === 'send_invoice') {
    throw invalidRequest(
      'send_invoice needs days_until_due or due_date.',
      'parameter_missing',
      'days_until_due',
    )
  }
}

/** Only what was given, as members of the invoice. */
function contentOf(given: Content, now: number, before: SandboxInvoice | null): Partial<SandboxInvoice> {
  const {
    days_until_due,
    expand: _expand,
    metadata: patch,
    payment_settings,
    custom_fields,
    ...plain
  } = given
  return {
    ...plain,
    ...(custom_fields === undefined
      ? {}
      : { custom_fields: custom_fields === null ? null : [...custom_fields] }),
    ...(days_until_due === undefined
      ? {}
      : { due_date: (before?.created ?? now) + days_until_due * DAY_SECONDS }),
    ...(patch === undefined ? {} : { metadata: patchMetadata(before?.metadata ?? null, patch) }),
    ...(payment_settings === undefined
      ? {}
      : {
          payment_settings: {
            default_mandate: null,
            payment_method_options: null,
            payment_method_types: methodTypes(payment_settings.payment_method_types),
          },
        }),
  }
}

function methodTypes(given: readonly string[] | null | undefined): string[] | null {
  return given === undefined || given === null ? null : [...given]
}

function assertCount(count: number, most: number, param: string): void {
  if (count > most) throw invalidRequest(`There may be at most ${most} ${param}.`, 'parameter_invalid', param)
}
