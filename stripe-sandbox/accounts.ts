/** Which account a key is of. Every sandbox is the same account. */
import type { Stripe } from 'stripe'
import type { Operation } from './operation.ts'
import { readParameters } from './parameters.ts'

export const accountOperations: readonly Operation[] = [
  {
    name: 'retrieve_account',
    method: 'GET',
    path: '/v1/account',
    prepare(_context, form) {
      readParameters(form, {})
      return () => account
    },
  },
]

const account = {
  id: 'acct_sandbox',
  object: 'account',
  charges_enabled: true,
  country: 'DE',
  default_currency: 'eur',
  details_submitted: true,
  email: null,
  payouts_enabled: true,
  type: 'standard',
} satisfies Stripe.Account
