/** Accounts that are debited by SEPA, as payment methods. */
import type { Stripe } from 'stripe'
import type { SandboxContext } from './operation.ts'
import type { StoredPaymentMethod } from './sandbox-state.ts'
import type { TestAccount } from './test-accounts.ts'

export function newDebit(
  context: SandboxContext,
  { iban, behaviour }: TestAccount,
  customer: string | null,
  details: {
    readonly billing?: Partial<Stripe.PaymentMethod.BillingDetails>
    readonly mandate?: string
  } = {},
): StoredPaymentMethod {
  const stored: StoredPaymentMethod = {
    behaviour,
    ...(details.mandate === undefined ? {} : { mandate: details.mandate }),
    paymentMethod: {
      id: context.newId('pm'),
      object: 'payment_method',
      allow_redisplay: 'unspecified',
      billing_details: {
        address: null,
        email: null,
        name: null,
        phone: null,
        tax_id: null,
        ...details.billing,
      },
      created: context.nowSecond(),
      customer,
      customer_account: null,
      livemode: false,
      metadata: {},
      sepa_debit: {
        bank_code: iban.slice(4, 12),
        branch_code: '',
        country: iban.slice(0, 2),
        fingerprint: `sepa${iban.slice(-8)}`,
        generated_from: { charge: null, setup_attempt: null },
        last4: iban.slice(-4),
      },
      type: 'sepa_debit',
    },
  }
  context.state.paymentMethods.put(stored)
  return stored
}
