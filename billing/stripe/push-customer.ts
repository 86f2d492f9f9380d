/** One customer made at Stripe at once, by the same step of the outbox as any other. */
import { stripeErrors } from './errors.ts'
import { followCustomer } from './follow-documents.ts'
import { findStripeCustomerId } from './open-context.ts'
import { toOutboxStep, type StepSubject } from './outbox-steps.ts'
import { StepRun } from './run-step.ts'
import type { StripeClients } from './stripe-client.ts'
import type { StripePusherParts } from './stripe-parts.ts'

/** @throws AppError `stripe_unreachable` */
export async function pushCustomer(
  parts: StripePusherParts,
  clients: StripeClients,
  subject: StepSubject,
): Promise<string> {
  const { ledger, clock } = parts
  const known = await findStripeCustomerId(ledger, subject.customerId)
  if (known !== undefined) return known
  await clients.getClient(subject.manufacturerId)
  await ledger.transaction().execute((transaction) => followCustomer(transaction, subject, clock.now()))
  const row = await ledger
    .selectFrom('outbox_steps')
    .selectAll()
    .where('subject_id', '=', subject.customerId)
    .where('step', '=', 'create_customer')
    .orderBy('id', 'desc')
    .executeTakeFirst()
  if (row?.state === 'waiting') await new StepRun(parts, clients).run(toOutboxStep(row))
  const made = await findStripeCustomerId(ledger, subject.customerId)
  if (made !== undefined) return made
  throw stripeErrors.stripe_unreachable(
    row?.state === 'parked'
      ? `The customer could not be made at Stripe: ${row.problem ?? ''}`
      : 'Stripe did not answer as it should; try again in a minute.',
  )
}
