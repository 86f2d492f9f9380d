/** Questions to Stripe that somebody waits for: what the outbox would try again later is said at once. */
import type { Stripe } from 'stripe'
import { AppError } from '../../core/index.ts'
import { classifyFailure } from './classify-failure.ts'
import { stripeErrors } from './errors.ts'

/** Undefined for one that was deleted, or is of another account. */
export async function findAtStripe(stripe: Stripe, id: string): Promise<Stripe.Customer | undefined> {
  try {
    const customer = await stripe.customers.retrieve(id)
    return customer.deleted === true ? undefined : customer
  } catch (error) {
    if (classifyFailure(error).kind === 'refused') return undefined
    throw error
  }
}

/** Somebody is waiting: what may pass is said at once. */
export async function orUnreachable<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    const failure = classifyFailure(cause)
    if (failure.kind === 'foreign') throw cause
    throw stripeErrors.stripe_unreachable(
      failure.kind === 'refused'
        ? failure.problem.sentence
        : 'Stripe did not answer as it should; try again in a minute.',
      { cause },
    )
  }
}
