/** Why a payment failed, as people say it. Stripe's codes are many; those that say nothing to a person share a sentence. */
import { catalogue } from '../words/catalogue.ts'

export const declineWords = catalogue(
  {
    noMoney: 'There was not enough money on the account.',
    expired: 'The card has expired.',
    unconfirmed: 'The bank wants the payment to be confirmed.',
    refused: 'The bank refused it and gave no reason.',
    blocked: 'The card is blocked or was reported lost.',
    wrongDetails: 'The details of the card are wrong.',
    unsuitable: 'The card or account cannot be used for this payment.',
    notAllowed: 'The bank says that the account may not be debited for this.',
    noAccount: 'The account is closed or cannot be debited.',
    tooMuch: 'It is more than may be debited from one account in a week.',
    processing: 'There was a fault between the banks.',
    settledWithoutMoney: 'It was settled at Stripe without a payment.',
    other: 'The bank or Stripe refused it.',
  },
  {
    noMoney: 'Auf dem Konto war nicht genug Geld.',
    expired: 'Die Karte ist abgelaufen.',
    unconfirmed: 'Die Bank möchte die Zahlung bestätigt haben.',
    refused: 'Die Bank hat abgelehnt und keinen Grund genannt.',
    blocked: 'Die Karte ist gesperrt oder als verloren gemeldet.',
    wrongDetails: 'Die Angaben der Karte stimmen nicht.',
    unsuitable: 'Die Karte oder das Konto taugt nicht für diese Zahlung.',
    notAllowed: 'Die Bank sagt, dass von dem Konto hierfür nichts eingezogen werden darf.',
    noAccount: 'Das Konto ist aufgelöst oder lässt keine Lastschrift zu.',
    tooMuch: 'Es ist mehr, als von einem Konto in einer Woche eingezogen werden darf.',
    processing: 'Zwischen den Banken gab es eine Störung.',
    settledWithoutMoney: 'Bei Stripe wurde es ohne Zahlung erledigt.',
    other: 'Die Bank oder Stripe hat abgelehnt.',
  },
)

type Reason = keyof (typeof declineWords)['en']

const reasons: Readonly<Record<string, Reason>> = {
  insufficient_funds: 'noMoney',
  withdrawal_count_limit_exceeded: 'noMoney',
  card_velocity_exceeded: 'noMoney',
  expired_card: 'expired',
  authentication_required: 'unconfirmed',
  do_not_honor: 'refused',
  generic_decline: 'refused',
  card_declined: 'refused',
  call_issuer: 'refused',
  lost_card: 'blocked',
  stolen_card: 'blocked',
  pickup_card: 'blocked',
  restricted_card: 'blocked',
  incorrect_number: 'wrongDetails',
  invalid_number: 'wrongDetails',
  incorrect_cvc: 'wrongDetails',
  invalid_cvc: 'wrongDetails',
  invalid_expiry_month: 'wrongDetails',
  invalid_expiry_year: 'wrongDetails',
  card_not_supported: 'unsuitable',
  currency_not_supported: 'unsuitable',
  invalid_account: 'unsuitable',
  transaction_not_allowed: 'unsuitable',
  refer_to_customer: 'refused',
  debit_not_authorized: 'notAllowed',
  account_closed: 'noAccount',
  no_account: 'noAccount',
  bank_account_restricted: 'noAccount',
  bank_account_unusable: 'noAccount',
  sepa_unsupported_account: 'noAccount',
  charge_exceeds_source_limit: 'tooMuch',
  charge_exceeds_weekly_limit: 'tooMuch',
  processing_error: 'processing',
  issuer_not_available: 'processing',
  try_again_later: 'processing',
  reenter_transaction: 'processing',
  settled_without_money: 'settledWithoutMoney',
}

export function reasonOf(code: string): Reason {
  return Object.hasOwn(reasons, code) ? (reasons[code] ?? 'other') : 'other'
}
