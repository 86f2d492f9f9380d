/**
 * Stripe's test accounts for SEPA direct debit, those of Germany: what becomes of a debit hangs on the IBAN, or on the token that stands for it. Stripe
 * says of some that they take at least three minutes, and of the others nothing; here these take some seconds.
 */
import type { DebitBehaviour } from './sandbox-state.ts'

export type TestAccount = {
  readonly iban: string
  readonly token: string
  readonly behaviour: DebitBehaviour
  /** Shown beside the field. */
  readonly hint: string
}

const SOON_MS = 10_000
const LATER_MS = 180_000

const paid = { kind: 'paid' } as const
const failed = (code: string, message: string) => ({ kind: 'failed', code, message }) as const
const notPaid = failed('payment_intent_payment_attempt_failed', 'The payment failed.')

const account = (
  iban: string,
  token: string,
  hint: string,
  end: DebitBehaviour['end'],
  endsAfterMs = SOON_MS,
): TestAccount => ({ iban, token, hint, behaviour: { end, endsAfterMs } })

export const testAccounts: readonly TestAccount[] = [
  account('DE89370400440532013000', 'pm_success_de', 'is paid after some seconds', paid),
  account('DE08370400440532013003', 'pm_successDelayed_de', 'is paid after three minutes', paid, LATER_MS),
  account('DE62370400440532013001', 'pm_failed_de', 'fails after some seconds', notPaid),
  account('DE78370400440532013004', 'pm_failedDelayed_de', 'fails after three minutes', notPaid, LATER_MS),
  account('DE35370400440532013002', 'pm_disputed_de', 'is paid, and taken back at once', {
    kind: 'disputed',
  }),
  account(
    'DE65370400440002222227',
    'pm_insufficientFunds_de',
    'fails for want of money',
    failed('insufficient_funds', 'The account has insufficient funds to complete this payment.'),
  ),
  account(
    'DE65370400440000343434',
    'pm_exceedsWeeklyVolumeLimit_de',
    'fails because too much was debited in a week',
    failed('charge_exceeds_source_limit', 'The payment exceeds the volume that may be debited in a week.'),
  ),
]

/** Spaces are ignored; undefined for what is no test account. */
export function findTestAccount(typed: string): TestAccount | undefined {
  const iban = typed.replaceAll(/\s/g, '').toUpperCase()
  return testAccounts.find((each) => each.iban === iban)
}
