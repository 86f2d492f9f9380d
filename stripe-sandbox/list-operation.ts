/**
 * The one form of an endpoint that lists a collection: parameters are read, then a page is taken of those of one index value, or of all, that
 * are wanted. Looks at no more of the collection than the page needs.
 */
import type { Stripe } from 'stripe'
import type { FormTree } from './form-decoding.ts'
import type { IndexScope, ObjectCollection } from './object-collection.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOfCollection, pageReaders, scopeOf } from './pagination.ts'
import { idText, range, readParameters, type Parameters, type Readers, type ReadersOf } from './parameters.ts'
import type { SandboxState } from './sandbox-state.ts'

type Listing<R extends Readers, Stored, Shown extends object> = {
  readonly name: string
  /** An `{id}` in it is told to `check` and `scope`. */
  readonly path: string
  /** Beside those of the page. */
  readonly readers: R
  readonly collection: (state: SandboxState) => ObjectCollection<Stored>
  /** @throws StripeFailure for parameters that do not go together, before the work */
  readonly check?: (given: Parameters<R>, context: SandboxContext, id: string) => void
  /** Where only a part has to be looked at. */
  readonly scope?: (given: Parameters<R>, id: string) => IndexScope | undefined
  readonly isWanted?: (item: Stored, given: Parameters<R>, context: SandboxContext) => boolean
  readonly show: (item: Stored, given: Parameters<R>, context: SandboxContext) => Shown
}

export function listOperation<R extends Readers, Stored, Shown extends object>({
  name,
  path,
  readers,
  collection,
  check,
  scope,
  isWanted,
  show,
}: Listing<R, Stored, Shown>): Operation {
  return {
    name,
    method: 'GET',
    path,
    prepare(context, form, id) {
      const { limit, starting_after, ending_before, ...own } = form
      const cursors = Object.entries({ limit, starting_after, ending_before })
      const page = readParameters(
        Object.fromEntries(
          cursors.filter((entry): entry is [string, FormTree | string] => entry[1] !== undefined),
        ),
        pageReaders,
      )
      const given = readParameters(own, readers)
      check?.(given, context, id)
      return (): Stripe.ApiList<Shown> =>
        pageOfCollection(
          collection(context.state),
          {
            scope: scope?.(given, id),
            filter: (item) => isWanted?.(item, given, context) !== false,
            show: (item) => show(item, given, context),
          },
          page,
          path.replace('{id}', id),
        )
    },
  }
}

/** Whatever is asked for, and everything when nothing is. */
export function fits<T>(wanted: T | undefined, actual: T | null): boolean {
  return wanted === undefined || wanted === actual
}

const ofChargeReaders = { charge: idText, payment_intent: idText, created: range } satisfies ReadersOf<
  Stripe.RefundListParams & Stripe.DisputeListParams
>

/** What is about a charge is found by it, or by its payment intent. */
export function listOfCharges<
  Stored extends Shown & {
    readonly charge: string
    readonly payment_intent: string
    readonly created: number
  },
  Shown extends object,
>(listing: Pick<Listing<typeof ofChargeReaders, Stored, Shown>, 'name' | 'path' | 'collection' | 'show'>) {
  return listOperation({
    ...listing,
    readers: ofChargeReaders,
    scope: ({ charge, payment_intent }) =>
      scopeOf('charge', charge) ?? scopeOf('payment_intent', payment_intent),
    isWanted: (item, { payment_intent, created }) =>
      fits(payment_intent, item.payment_intent) && created?.(item.created) !== false,
  })
}
