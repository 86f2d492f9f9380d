import { describe, expect, it } from 'vitest'
import { isOpenWithout, settlementOf, type SettlementFacts } from './settlement.ts'

const facts = (changes: Partial<SettlementFacts>): SettlementFacts => ({
  status: 'issued',
  totalMinor: 1_000n,
  recordedMinor: 0n,
  collectedMinor: 0n,
  refundedMinor: 0n,
  creditedMinor: 0n,
  creditedBeforePaymentMinor: 0n,
  ...changes,
})

describe('what is paid and what is open', () => {
  it.each([
    ['nothing was paid', {}, 0n, 1_000n, 1_000n],
    ['a part was paid', { recordedMinor: 400n }, 400n, 600n, 600n],
    ['a part was paid and a part credited', { recordedMinor: 400n, creditedMinor: 100n }, 400n, 500n, 500n],
    ['credits cover more than is left', { recordedMinor: 400n, creditedMinor: 700n }, 400n, 0n, -100n],
    ['all of it was credited', { creditedMinor: 1_000n }, 0n, 0n, 0n],
    ['it was written off', { status: 'uncollectible', recordedMinor: 400n }, 400n, 600n, 600n],
    ['it is a draft', { status: 'draft' }, 0n, 0n, 0n],
    ['it is void', { status: 'void', recordedMinor: 400n }, 400n, 0n, 0n],
    ['recorded payments settled it', { status: 'paid', recordedMinor: 1_000n }, 1_000n, 0n, 0n],
    ['Stripe collected it', { status: 'paid' }, 1_000n, 0n, 0n],
    [
      'Stripe collected what was not credited',
      { status: 'paid', creditedMinor: 300n, creditedBeforePaymentMinor: 300n },
      700n,
      0n,
      0n,
    ],
    ['it was credited after it was paid', { status: 'paid', creditedMinor: 300n }, 1_000n, 0n, -300n],
    ['Stripe collected a part', { collectedMinor: 300n, recordedMinor: 100n }, 400n, 600n, 600n],
    [
      'Stripe gave back what was credited after it was paid',
      { status: 'paid', collectedMinor: 1_000n, creditedMinor: 300n, refundedMinor: 300n },
      1_000n,
      0n,
      0n,
    ],
    [
      'Stripe gave money back that nothing was credited for',
      { status: 'paid', collectedMinor: 1_000n, refundedMinor: 300n },
      1_000n,
      0n,
      300n,
    ],
    ['a void one was collected meanwhile', { status: 'void', collectedMinor: 1_000n }, 1_000n, 0n, -1_000n],
    [
      'what was collected of a void one was given back',
      { status: 'void', collectedMinor: 1_000n, refundedMinor: 1_000n },
      1_000n,
      0n,
      0n,
    ],
    [
      'a part was recorded and Stripe charged the whole all the same',
      { status: 'paid', recordedMinor: 400n, collectedMinor: 1_000n },
      1_400n,
      0n,
      -400n,
    ],
    [
      'it was paid twice',
      { status: 'paid', recordedMinor: 1_000n, collectedMinor: 1_000n },
      2_000n,
      0n,
      -1_000n,
    ],
    [
      'it was paid twice and Stripe gave the second payment back',
      { status: 'paid', recordedMinor: 1_000n, collectedMinor: 1_000n, refundedMinor: 1_000n },
      2_000n,
      0n,
      0n,
    ],
    [
      'Stripe collected the whole before it learned of a credit',
      { status: 'paid', collectedMinor: 1_000n, creditedMinor: 300n, creditedBeforePaymentMinor: 300n },
      1_000n,
      0n,
      -300n,
    ],
    [
      'Stripe collected the whole before it learned of a credit, and gave that back',
      {
        status: 'paid',
        collectedMinor: 1_000n,
        creditedMinor: 300n,
        creditedBeforePaymentMinor: 300n,
        refundedMinor: 300n,
      },
      1_000n,
      0n,
      0n,
    ],
    [
      'Stripe gave a part back of the part that it collected',
      { collectedMinor: 300n, refundedMinor: 100n },
      300n,
      800n,
      800n,
    ],
    ['it asks for no money', { totalMinor: 0n }, 0n, 0n, 0n],
    ['it gives money back', { totalMinor: -5n }, 0n, 0n, -5n],
  ] as const)('is known where %s', (_what, changes, paidMinor, openMinor, balanceMinor) => {
    expect(settlementOf(facts(changes))).toEqual({ paidMinor, openMinor, balanceMinor })
  })
})

describe('an invoice of which a payment is taken back', () => {
  it.each([
    ['it was all that was paid', { recordedMinor: 1_000n }, 1_000n, true],
    ['it was the last part of two', { recordedMinor: 1_000n }, 1n, true],
    ['Stripe collected the whole besides', { recordedMinor: 400n, collectedMinor: 1_000n }, 400n, false],
    ['Stripe collected the rest only', { recordedMinor: 400n, collectedMinor: 600n }, 400n, true],
    [
      'Stripe collected the whole and gave it back since it was paid twice',
      { recordedMinor: 1_000n, collectedMinor: 1_000n, refundedMinor: 1_000n },
      1_000n,
      true,
    ],
    ['Stripe says that it is paid, not by what', { recordedMinor: 400n }, 400n, false],
    [
      'all of it was credited after it was paid',
      { recordedMinor: 1_000n, creditedMinor: 1_000n },
      1_000n,
      true,
    ],
    [
      'Stripe collected what was not credited',
      {
        recordedMinor: 200n,
        collectedMinor: 700n,
        creditedMinor: 300n,
        creditedBeforePaymentMinor: 300n,
      },
      200n,
      false,
    ],
  ] as const)('%s: whether it is open again', (_what, changes, amountMinor, isOpenAgain) => {
    expect(isOpenWithout(facts({ status: 'paid', ...changes }), amountMinor)).toBe(isOpenAgain)
  })
})
