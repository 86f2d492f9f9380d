/** Stripe's cursor pages: 10 by default, at most 100. Objects come newest first; what is not in a collection is ordered by its caller. */
import type { Stripe } from 'stripe'
import type { IndexScope, ObjectCollection } from './object-collection.ts'
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

/** Undefined, which is everything, when there is no value to look for. */
export function scopeOf(index: string, indexValue: string | undefined): IndexScope | undefined {
  return indexValue === undefined ? undefined : { index, indexValue }
}

type Selection<Stored, Shown> = {
  readonly scope?: IndexScope | undefined
  readonly filter?: (item: Stored) => boolean
  readonly show: (item: Stored) => Shown
}

/** A page of a collection: looks at no more of it than the page needs. @throws as `pageOf` does */
export function pageOfCollection<Stored, Shown>(
  collection: ObjectCollection<Stored>,
  { scope, filter = () => true, show }: Selection<Stored, Shown>,
  page: PageParameters,
  url: string,
): Stripe.ApiList<Shown> {
  const limit = checkedLimit(page)
  const isBackwards = page.ending_before !== undefined
  const found = isBackwards
    ? collection.oldestFirst(scope, page.ending_before)
    : collection.newestFirst(scope, page.starting_after)
  if (found === undefined) {
    throw missingCursor(page)
  }
  const taken = [...found.filter(filter).take(limit + 1)]
  const shown = taken.slice(0, limit).map(show)
  return {
    object: 'list',
    data: isBackwards ? shown.reverse() : shown,
    has_more: taken.length > limit,
    url,
  }
}

/** @throws StripeFailure 400 for a bad limit, both cursors at once, or a cursor that is not in the list. */
export function pageOf<Item extends { readonly id: string }>(
  items: readonly Item[],
  page: PageParameters,
  url: string,
): Stripe.ApiList<Item> {
  const limit = checkedLimit(page)
  const cursor = page.starting_after ?? page.ending_before
  const at = cursor === undefined ? -1 : items.findIndex(({ id }) => id === cursor)
  if (cursor !== undefined && at === -1) throw missingCursor(page)
  if (page.ending_before !== undefined) {
    const start = Math.max(0, at - limit)
    return { object: 'list', data: items.slice(start, at), has_more: start > 0, url }
  }
  const end = at + 1 + limit
  return { object: 'list', data: items.slice(at + 1, end), has_more: items.length > end, url }
}

function checkedLimit(page: PageParameters): number {
  const limit = page.limit ?? DEFAULT_PAGE_SIZE
  if (limit < 1 || limit > MAX_PAGE_SIZE) {
    throw invalidRequest(`limit must be between 1 and ${MAX_PAGE_SIZE}`, 'parameter_invalid_integer', 'limit')
  }
  if (page.starting_after !== undefined && page.ending_before !== undefined) {
    throw invalidRequest('Give either starting_after or ending_before.', 'parameter_invalid', 'ending_before')
  }
  return limit
}

function missingCursor({ starting_after, ending_before = '' }: PageParameters): Error {
  return starting_after === undefined
    ? resourceMissing('object', ending_before, 'ending_before', 400)
    : resourceMissing('object', starting_after, 'starting_after', 400)
}
