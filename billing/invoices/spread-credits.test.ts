import { describe, expect, it } from 'vitest'
import type { CurrencyCode, InvoiceId } from '../../core/index.ts'
import type { BillLine } from '../billing-types.ts'
import type { Creditable, CreditableRate } from '../credit-notes/credit-note-types.ts'
import { sayLine } from '../rating/line-sentence.ts'
import { spreadCredit, type Taken } from './spread-credits.ts'

function line(itemId: string, amountMinor: bigint, taxCategory = 'standard'): BillLine {
  const explained = {
    itemId,
    description: itemId,
    quantity: '-5',
    unit: 'min',
    unitPrice: undefined,
    currency: 'EUR' as CurrencyCode,
    taxCategory,
    unroundedAmount: `${Number(amountMinor) / 100}`,
    amountMinor,
    correctsId: 'inv_1' as InvoiceId,
    explanation: {
      tariffVersionId: 'v1',
      period: { from: 0, to: 1 },
      rounding: 'half_even' as const,
      member: { kind: 'contract' as const },
      steps: [],
      usage: [],
      peaks: [],
      events: [],
      allocation: [],
    },
  }
  return { ...explained, sentence: sayLine(explained, 'en') }
}

/** With a rate of 19 percent for `standard`, and of 7 for `reduced`. */
function invoice(
  id: string,
  standardLeft: bigint,
  reducedLeft = 0n,
  prices: 'net' | 'gross' = 'net',
): Creditable {
  const rate = (percent: string, category: string, netMinor: bigint): CreditableRate => ({
    rate: { code: 'S', percent },
    categories: [category],
    charged: { netMinor: netMinor + 1_000n, taxMinor: 190n },
    credited: { netMinor: 1_000n, taxMinor: 0n },
  })
  return {
    invoiceId: id as InvoiceId,
    number: id,
    currency: 'EUR' as CurrencyCode,
    prices,
    rates: [rate('19', 'standard', standardLeft), rate('7', 'reduced', reducedLeft)],
    lines: [],
    restMinor: 0n,
  }
}

const atSixteen: CreditableRate = {
  rate: { code: 'S', percent: '16' },
  categories: ['standard'],
  charged: { netMinor: 5_000n, taxMinor: 800n },
  credited: { netMinor: 0n, taxMinor: 0n },
}

const spread = (lines: readonly BillLine[], invoices: readonly Creditable[], taken: Taken = new Map()) =>
  spreadCredit(lines, invoices, taken)?.map(
    (share) =>
      `${share.invoiceId}: ${share.lines.map((each) => `${each.itemId} ${each.quantity} ${each.amountMinor} ${each.unroundedAmount}`).join(', ')}`,
  )

describe('spreadCredit', () => {
  it.each([
    ['the first, where it has enough', [invoice('a', 700n), invoice('b', 900n)], ['a: run -5 -700 -7']],
    ['the first that has enough', [invoice('a', 699n), invoice('b', 900n)], ['b: run -5 -700 -7']],
    [
      'one after the other, where none has enough',
      [invoice('a', 300n), invoice('b', 0n), invoice('c', 399n), invoice('d', 500n)],
      ['a: run -5 -300 -3', 'c: run 0 -399 -3.99', 'd: run 0 -1 -0.01'],
    ],
    ['nobody, where all together have not enough', [invoice('a', 300n), invoice('b', 399n)], undefined],
    ['nobody, where only another rate has it', [invoice('a', 699n, 5_000n)], undefined],
    ['nobody, of an invoice that owes money itself', [invoice('a', -300n)], undefined],
    [
      'nobody, where only an invoice of another percentage has it',
      [invoice('a', 300n), { ...invoice('b', 0n), rates: [atSixteen] }],
      undefined,
    ],
    ['with tax, where prices hold it', [invoice('a', 510n, 0n, 'gross')], ['a: run -5 -700 -7']],
  ])('asks %s', (_name, invoices, shares) => {
    expect(spread([line('run', -700n)], invoices)).toEqual(shares)
  })

  it('lets what charges make room for what gives back', () => {
    const lines = [line('run', -400n), line('wash', -500n), line('base', 200n)]
    expect(spread(lines, [invoice('a', 700n)])).toEqual(['a: run -5 -400 -4, wash -5 -500 -5, base -5 200 2'])
    expect(spread(lines, [invoice('a', 350n), invoice('b', 350n)])).toEqual([
      'a: base -5 200 2, run -5 -400 -4, wash -5 -150 -1.5',
      'b: wash 0 -350 -3.5',
    ])
  })

  it('keeps in mind what was given back before, unless it came to nothing', () => {
    const invoices = [invoice('a', 700n), invoice('b', 700n)]
    const taken: Taken = new Map()
    expect(spread([line('run', -500n)], invoices, taken)).toEqual(['a: run -5 -500 -5'])
    expect(spread([line('run', -901n)], invoices, taken)).toBeUndefined()
    expect(spread([line('run', -900n)], invoices, taken)).toEqual(['a: run -5 -200 -2', 'b: run 0 -700 -7'])
    expect(spread([line('run', -1n)], invoices, taken)).toBeUndefined()
  })
})
