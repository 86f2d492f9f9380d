/** What the steps about a customer do at Stripe. Nothing here touches the ledger. */
import type { Stripe } from 'stripe'
import { assertInvariant } from '../../core/index.ts'
import {
  customerDetails,
  customerHash,
  customerParameters,
  isOurKind,
  toStripeTaxId,
} from './document-parameters.ts'
import type { CustomerStepName, StoredCall } from './outbox-steps.ts'
import { PushProblem } from './push-problems.ts'
import { collectAll, idOf, requestOptions, type StepContext, type StripeStep } from './step-context.ts'

export const stripeCustomerSteps: Readonly<Record<CustomerStepName, StripeStep>> = {
  create_customer: {
    plan: ({ customer }) => ({ body: customerParameters(customer), hash: customerHash(customer) }),
    async send({ stripe, step }, call) {
      return { stripeId: (await stripe.customers.create(call.body, requestOptions(step))).id }
    },
    async look({ stripe, customer }) {
      const found = await collectAll(stripe.customers.list({ email: customer.email, limit: 100 }))
      const oldest = found.findLast(({ metadata }) => metadata['customer_id'] === customer.id)
      return oldest && { stripeId: oldest.id }
    },
  },
  update_customer: {
    plan: (context) => ({
      id: stripeCustomerIdOf(context),
      body: customerDetails(context.customer),
      hash: customerHash(context.customer),
    }),
    check: assertThere,
    async send({ stripe, step, customer }, call) {
      const stripeId = idOf(call)
      await stripe.customers.update(stripeId, call.body, requestOptions(step))
      await replaceTaxId(stripe, stripeId, toStripeTaxId(customer), requestOptions(step))
      return { stripeId }
    },
    // Saying it again does no harm.
    look: async () => undefined,
  },
  set_payment_method: {
    plan() {
      throw new Error('A payment method is known when its step is written.')
    },
    check: assertThere,
    async send({ stripe, step }, call) {
      return { stripeId: (await stripe.customers.update(idOf(call), call.body, requestOptions(step))).id }
    },
    look: async () => undefined,
  },
}

export function stripeCustomerIdOf({ stripeCustomerId, step }: StepContext): string {
  assertInvariant(stripeCustomerId !== undefined, `The step ${step.step} comes after the customer.`)
  return stripeCustomerId
}

async function assertThere({ stripe }: StepContext, call: StoredCall): Promise<undefined> {
  const customer = await stripe.customers.retrieve(idOf(call))
  if (customer.deleted === true) throw new PushProblem('customer_deleted', { stripeCustomerId: customer.id })
}

/** Each call does nothing when it is made again. */
async function replaceTaxId(
  stripe: Stripe,
  customerId: string,
  wanted: ReturnType<typeof toStripeTaxId>,
  options: Stripe.RequestOptions,
): Promise<void> {
  const known = await collectAll(stripe.customers.listTaxIds(customerId, { limit: 100 }))
  const isWanted = ({ type, value }: Stripe.TaxId) => type === wanted?.type && value === wanted.value
  if (wanted !== undefined && !known.some(isWanted)) {
    const idempotencyKey = `${options.idempotencyKey}:tax_id`
    await stripe.customers.createTaxId(customerId, wanted, { ...options, idempotencyKey })
  }
  for (const taxId of known) {
    // Kinds that we never send are not ours to take away.
    if (isOurKind(taxId.type) && !isWanted(taxId)) await stripe.customers.deleteTaxId(customerId, taxId.id)
  }
}
