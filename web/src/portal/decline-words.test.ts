import { describe, expect, it } from 'vitest'

import { declineWords, reasonOf } from './decline-words.ts'

describe('why a payment failed', () => {
  it.each([
    ['insufficient_funds', 'There was not enough money on the account.'],
    ['expired_card', 'The card has expired.'],
    ['authentication_required', 'The bank wants the payment to be confirmed.'],
    ['do_not_honor', 'The bank refused it and gave no reason.'],
    ['generic_decline', 'The bank refused it and gave no reason.'],
    ['account_closed', 'The account is closed or cannot be debited.'],
    ['debit_not_authorized', 'The bank says that the account may not be debited for this.'],
    ['processing_error', 'There was a fault between the banks.'],
    ['settled_without_money', 'It was settled at Stripe without a payment.'],
    ['a_code_of_next_year', 'The bank or Stripe refused it.'],
    ['constructor', 'The bank or Stripe refused it.'],
  ])('%s', (code, sentence) => {
    expect(declineWords.en[reasonOf(code)]).toBe(sentence)
  })
})
