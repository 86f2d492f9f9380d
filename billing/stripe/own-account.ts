/**
 * Which account a key is of. Stripe says it only to keys that may read it, and nothing here stands in the way of entering one: what
 * cannot be found out is undefined.
 */
import { Stripe } from 'stripe'
import { isLiveKey } from './secrets.ts'

/** A person waits while it is asked. */
const options = { timeout: 5_000 }

export type KeyOwner = {
  readonly mode: 'test' | 'live'
  readonly accountId: string | undefined
}

export function modeOf(apiKey: string): KeyOwner['mode'] {
  return isLiveKey(apiKey) ? 'live' : 'test'
}

export async function findAccountId(stripe: Stripe | undefined): Promise<string | undefined> {
  try {
    return (await stripe?.accounts.retrieveCurrent({}, options))?.id
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return undefined
    throw error
  }
}

/** Whether the account has never heard of a customer; one that was deleted there it has. */
export async function isCustomerUnknown(stripe: Stripe | undefined, customerId: string): Promise<boolean> {
  try {
    await stripe?.customers.retrieve(customerId, {}, options)
    return false
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error.statusCode === 404
    throw error
  }
}
