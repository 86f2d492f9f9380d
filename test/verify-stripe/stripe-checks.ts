/**
 * What docs/stripe-assumptions.md assumes of Stripe, each put to the test at an account: `numbers` are the rows there. A check makes what it
 * needs and leaves it; it is run with a test key only, and asks for nothing but what calls to the API show within seconds.
 */
import type { StripeCheck } from './check-world.ts'
import { creditChecks } from './credit-checks.ts'
import { customerChecks } from './customer-checks.ts'
import { draftChecks } from './draft-checks.ts'
import { elsewhereChecks } from './elsewhere-checks.ts'
import { invoiceChecks } from './invoice-checks.ts'
import { meterChecks } from './meter-checks.ts'
import { priceChecks } from './price-checks.ts'
import { requestChecks } from './request-checks.ts'

export const stripeChecks: readonly StripeCheck[] = [
  ...draftChecks,
  ...priceChecks,
  ...invoiceChecks,
  ...elsewhereChecks,
  ...creditChecks,
  ...customerChecks,
  ...requestChecks,
  ...meterChecks,
]
