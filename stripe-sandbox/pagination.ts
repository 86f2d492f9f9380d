/** Stripe's cursor pages: 10 by default, at most 100. The caller orders the items. */
import type { Stripe } from 'stripe'
import { idText, integer } from './parameters.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const DEFAULT_PAGE_SIZE = 10
const MAX_PAGE_SIZE = 100

export const pageReaders = { limit: integer, starting_after: idText, ending_before: idText }

export type PageParameters = {
  readonly limit?: number
  readonly starting_after?: string
  readonly ending_before?: string
}

/** @throws StripeFailure 400 for a bad limit, both cursors at once, or a cursor that is not in the list. */
export function pageOf<Item extends { readonly id: string }>(
  items: readonly Item[],
  page: PageParameters,
  url: string,
): Stripe.ApiList<Item> {
  const limit = page.limit ?? DEFAULT_PAGE_SIZE
  if (limit < 1 || limit > MAX_PAGE_SIZE) {
    throw invalidRequest(`limit must be between 1 and ${MAX_PAGE_SIZE}`, 'parameter_invalid_integer', 'limit')
  }
  if (page.starting_after !== undefined && page.ending_before !== undefined) {
    throw invalidRequest('Give either starting_after or ending_before.', 'parameter_invalid', 'ending_before')
  }
  if (page.ending_before !== undefined) {
    const end = indexOf(items, page.ending_before, 'ending_before')
    const start = Math.max(0, end - limit)
    return { object: 'list', data: items.slice(start, end), has_more: start > 0, url }
  }
  const start =
    page.starting_after === undefined ? 0 : indexOf(items, page.starting_after, 'starting_after') + 1
  return {
    object: 'list',
    data: items.slice(start, start + limit),
    has_more: items.length > start + limit,
    url,
  }
}

function indexOf(items: readonly { readonly id: string }[], id: string, param: string): number {
  const index = items.findIndex((item) => item.id === id)
  if (index === -1) throw resourceMissing('object', id, param, 400)
  return index
}
