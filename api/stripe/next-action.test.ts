import { describe, expect, it } from 'vitest'

import { nextActionOf } from './next-action.ts'

const open = {
  status: 'open',
  remainingMinor: 490n,
  isProcessing: false,
  problem: undefined,
  dispute: undefined,
  nextAttemptAt: undefined,
} as const
const card = { id: 'pm_1', kind: 'card', brand: 'visa', last4: '4242', expiresOn: '2031-04' }
const charged = { collectionMethod: 'charge_automatically', paymentMethod: card } as const
const failed = (code: string) => ({ ...open, problem: { kind: 'failed', code } as const })

describe('what a customer can do', () => {
  it.each([
    ['nothing before the invoice is at Stripe', undefined, 'none'],
    ['pay what nobody will charge', open, 'pay'],
    ['nothing where Stripe is about to charge', { ...open, nextAttemptAt: 1 }, 'none'],
    ['nothing while a payment is on its way', { ...open, isProcessing: true }, 'none'],
    ['nothing once all is paid', { ...open, status: 'paid', remainingMinor: 0n }, 'none'],
    ['nothing about a void one', { ...open, status: 'void' }, 'none'],
    ['nothing where a credit note left nothing open', { ...open, remainingMinor: 0n }, 'none'],
    [
      'confirm',
      { ...open, problem: { kind: 'requires_action', code: 'authentication_required' } },
      'confirm_payment',
    ],
    ['confirm what failed for want of it', failed('authentication_required'), 'confirm_payment'],
    ['save another card for one that expired', failed('expired_card'), 'update_payment_method'],
    ['ask the bank that gives no reason', failed('do_not_honor'), 'contact_bank'],
    ['pay otherwise when there is no money', failed('insufficient_funds'), 'pay'],
    ['pay when Stripe says nothing that is known here', failed('some_new_code'), 'pay'],
    [
      'pay what failed even where it is tried again',
      { ...failed('processing_error'), nextAttemptAt: 1 },
      'pay',
    ],
    [
      'ask the supplier where Stripe settled without money',
      { ...failed('settled_without_money'), status: 'paid' },
      'contact_supplier',
    ],
    [
      'ask the bank about a dispute that is open',
      { ...open, status: 'paid', dispute: 'open' },
      'contact_bank',
    ],
    ['nothing after a dispute that was won', { ...open, status: 'paid', dispute: 'won' }, 'none'],
  ] as const)('%s', (_what, told, expected) => {
    expect(nextActionOf(told, charged)).toBe(expected)
  })

  it('save what can be charged, where nothing is saved and Stripe says no more than that it failed', () => {
    const nothing = { collectionMethod: 'charge_automatically', paymentMethod: undefined } as const
    expect(nextActionOf(failed('payment_failed'), nothing)).toBe('save_payment_method')
    expect(nextActionOf({ ...open, nextAttemptAt: 1 }, nothing)).toBe('save_payment_method')
    expect(nextActionOf(failed('insufficient_funds'), nothing)).toBe('pay')
    expect(nextActionOf(open, { ...nothing, collectionMethod: 'send_invoice' })).toBe('pay')
  })
})
