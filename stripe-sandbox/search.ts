/** The search endpoints of invoices and customers. What they see lags behind (`search-index.ts`), unlike lists. */
import type { Stripe } from 'stripe'
import { expandReader, noExpansion } from './expansion.ts'
import type { Operation } from './operation.ts'
import { integer, readParameters, text, type ReadersOf } from './parameters.ts'
import { parseSearchQuery, type SearchClause } from './search-query.ts'
import { invoiceExpansions, showInvoice } from './show-invoice.ts'
import { invalidRequest } from './stripe-failure.ts'

const MAX_PAGE_SIZE = 100

const searchReaders = { query: text(1000), limit: integer, page: text(20) } satisfies ReadersOf<
  Stripe.InvoiceSearchParams & Stripe.CustomerSearchParams
>

export const searchOperations: readonly Operation[] = [
  {
    name: 'search_invoices',
    method: 'GET',
    path: '/v1/invoices/search',
    prepare(context, form) {
      const readers = { ...searchReaders, expand: expandReader(invoiceExpansions, 'data.') }
      const { query, expand, ...page } = readParameters(form, readers, ['query'])
      const clauses = parseSearchQuery(query, ['metadata', 'number', 'status', 'customer', 'currency'])
      return (): Stripe.ApiSearchResult<Stripe.Invoice> => {
        const found = context.searchable.invoices
          .visible()
          .filter(({ invoice }) => matches({ ...invoice }, invoice.metadata, clauses))
        const { data, ...rest } = resultPage(found, page, '/v1/invoices/search')
        return { ...rest, data: data.map((stored) => showInvoice(context, stored, expand ?? noExpansion)) }
      }
    },
  },
  {
    name: 'search_customers',
    method: 'GET',
    path: '/v1/customers/search',
    prepare(context, form) {
      const { query, ...page } = readParameters(form, searchReaders, ['query'])
      const clauses = parseSearchQuery(query, ['metadata', 'email', 'name', 'phone'])
      return (): Stripe.ApiSearchResult<Stripe.Customer> => {
        const found = context.searchable.customers
          .visible()
          .filter(
            ({ customer, isDeleted }) => !isDeleted && matches({ ...customer }, customer.metadata, clauses),
          )
        return resultPage(
          found.map(({ customer }) => customer),
          page,
          '/v1/customers/search',
        )
      }
    },
  },
]

function matches(
  members: Readonly<Record<string, unknown>>,
  metadata: Readonly<Record<string, string>> | null,
  clauses: readonly SearchClause[],
): boolean {
  return clauses.every(({ field, wanted }) =>
    field.startsWith('metadata.')
      ? metadata?.[field.slice('metadata.'.length)] === wanted
      : members[field] === wanted,
  )
}

/** `page` is the number of results before it, as text. */
function resultPage<T>(
  found: readonly T[],
  { limit = 10, page = '0' }: { readonly limit?: number; readonly page?: string },
  url: string,
): Stripe.ApiSearchResult<T> {
  if (limit < 1 || limit > MAX_PAGE_SIZE || !/^\d+$/.test(page)) {
    throw invalidRequest(`limit must be between 1 and ${MAX_PAGE_SIZE}`, 'parameter_invalid_integer', 'limit')
  }
  const start = Number(page)
  const end = start + limit
  const has_more = found.length > end
  return {
    object: 'search_result',
    data: found.slice(start, end),
    has_more,
    url,
    next_page: has_more ? String(end) : null,
  }
}
