import { describe, expect, it } from 'vitest'
import { restOf, settlementOf, type SettlementFacts } from './settlement.ts'

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
    ['it asks for no money', { totalMinor: 0n }, 0n, 0n, 0n],
    ['it gives money back', { totalMinor: -5n }, 0n, 0n, -5n],
  ] as const)('is known where %s', (_what, changes, paidMinor, openMinor, balanceMinor) => {
    expect(settlementOf(facts(changes))).toEqual({ paidMinor, openMinor, balanceMinor })
  })

  it('leaves the rest whatever the status says', () => {
    expect(restOf(facts({ status: 'paid', recordedMinor: 999n }))).toBe(1n)
  })
})
