import { describe, expect, it } from 'vitest'
import type { CurrencyCode, InvoiceId } from '../../core/index.ts'
import { sayLine } from '../rating/line-sentence.ts'
import type { RatedLine } from '../rating/rating-types.ts'
import { correctionLines, standingLines } from './correction-lines.ts'

const october = { from: Date.UTC(2026, 9, 1), to: Date.UTC(2026, 10, 1) }
const ofInvoice = 'inv_1' as InvoiceId

/** Run time at 0.12 EUR a minute. */
function runTime(minutes: string, unroundedAmount: string, amountMinor: bigint, own = {}): RatedLine {
  const line = {
    itemId: 'run',
    description: 'Run time',
    quantity: minutes,
    unit: 'min',
    unitPrice: '0.12',
    currency: 'EUR' as CurrencyCode,
    taxCategory: 'standard',
    unroundedAmount,
    amountMinor,
    explanation: {
      tariffVersionId: 'v1',
      period: october,
      rounding: 'half_even' as const,
      member: { kind: 'contract' as const },
      steps: [
        { kind: 'units' as const, quantity: minutes, price: '0.12', block: null, amount: unroundedAmount },
      ],
      usage: [],
      peaks: [],
      events: [],
      allocation: [],
      ...own,
    },
  }
  return { ...line, sentence: sayLine(line, 'en') }
}

const billed = (line: RatedLine, number = 'ACME-000001') => ({ line, number })

/** A discount of the whole contract. */
function discount(description: string, amountMinor: bigint, taxCategory = 'standard'): RatedLine {
  const unroundedAmount = `${Number(amountMinor) / 100}`
  const steps = [{ kind: 'discount' as const, description, amount: unroundedAmount }]
  const line = runTime('1', unroundedAmount, amountMinor, { steps })
  return { ...line, itemId: 'discount', description, taxCategory }
}

describe('correctionLines, of an invoice with several lines of the contract', () => {
  it.each([
    ['two discounts', [discount('Loyalty', -200n), discount('Voucher', -500n)]],
    [
      'one discount over two categories of tax',
      [discount('Loyalty', -200n), discount('Loyalty', -70n, 'reduced')],
    ],
    ['two discounts of one name', [discount('Loyalty', -200n), discount('Loyalty', -500n)]],
  ])('are none where nothing changed: %s', (_name, lines) => {
    const before = lines.map((line) => billed(line))
    expect(correctionLines(ofInvoice, before, lines)).toEqual([])
  })

  it('bill the difference of the one that changed', () => {
    const voucher = billed(discount('Voucher', -500n))
    const now = [discount('Loyalty', -260n), voucher.line]
    const [line, ...others] = correctionLines(ofInvoice, [billed(discount('Loyalty', -200n)), voucher], now)
    expect(others).toEqual([])
    expect(line).toMatchObject({ description: 'Loyalty', amountMinor: -60n, quantity: '0' })
  })

  it('bill the difference of all of one name together', () => {
    const before = [billed(discount('Loyalty', -200n)), billed(discount('Loyalty', -500n))]
    const [line, ...others] = correctionLines(ofInvoice, before, [
      discount('Loyalty', -260n),
      discount('Loyalty', -500n),
    ])
    expect(others).toEqual([])
    expect(line).toMatchObject({ amountMinor: -60n, quantity: '0', unroundedAmount: '-0.6' })
    expect(line?.explanation.steps.map(({ amount }) => amount)).toEqual(['-2.6', '-5', '7'])
  })
})

describe('correctionLines', () => {
  it('bills the difference of quantity and amount, and says what was billed before', () => {
    const [line, ...others] = correctionLines(
      ofInvoice,
      [billed(runTime('120', '14.4', 1440n))],
      [runTime('124.5', '14.94', 1494n)],
    )
    expect(others).toEqual([])
    expect(line).toMatchObject({
      correctsId: 'inv_1',
      itemId: 'run',
      quantity: '4.5',
      unroundedAmount: '0.54',
      amountMinor: 54n,
    })
    expect(line?.explanation.steps).toEqual([
      { kind: 'units', quantity: '124.5', price: '0.12', block: null, amount: '14.94' },
      { kind: 'billed_before', documents: 'ACME-000001', quantity: '120', amount: '-14.4' },
    ])
    expect(line?.sentence).toBe(
      'Run time: nothing was counted from 2026-10-01T00:00:00Z to 2026-11-01T00:00:00Z, which is 124.5 min; 124.5 min at 0.12 EUR are 14.94 EUR; 14.40 EUR for 120 min were billed by ACME-000001; together 0.54 EUR.',
    )
  })

  it('says nothing of lines that stay as they are', () => {
    const line = runTime('120', '14.4', 1440n)
    expect(correctionLines(ofInvoice, [billed(line)], [line])).toEqual([])
  })

  it('bills a quantity that costs nothing more, since each unit is in a line', () => {
    const [line] = correctionLines(
      ofInvoice,
      [billed(runTime('120', '14.4', 1440n))],
      [runTime('120.01', '14.4012', 1440n)],
    )
    expect([line?.quantity, line?.amountMinor]).toEqual(['0.01', 0n])
  })

  it('gives back what is no longer rated at all', () => {
    const [line] = correctionLines(ofInvoice, [billed(runTime('120', '14.4', 1440n))], [])
    expect([line?.quantity, line?.amountMinor, line?.unroundedAmount]).toEqual(['-120', -1440n, '-14.4'])
    expect(line?.explanation.usage).toEqual([])
    expect(line?.sentence).toBe(
      'Run time: 14.40 EUR for 120 min were billed by ACME-000001; together -14.40 EUR.',
    )
  })

  it('bills what was not there before, without a step of what was billed', () => {
    const [line] = correctionLines(ofInvoice, [], [runTime('10', '1.2', 120n)])
    expect([line?.quantity, line?.amountMinor]).toEqual(['10', 120n])
    expect(line?.explanation.steps).toHaveLength(1)
  })

  it('keeps scope members, versions and segments apart', () => {
    const of = (id: string, minutes: string, amount: string, minor: bigint) =>
      runTime(minutes, amount, minor, { member: { kind: 'device', id } })
    const lines = correctionLines(
      ofInvoice,
      [billed(of('drill-1', '10', '1.2', 120n)), billed(of('drill-2', '20', '2.4', 240n))],
      [of('drill-1', '10', '1.2', 120n), of('drill-2', '15', '1.8', 180n), of('drill-3', '5', '0.6', 60n)],
    )
    expect(lines.map(({ quantity, amountMinor }) => [quantity, amountMinor])).toEqual([
      ['-5', -60n],
      ['5', 60n],
    ])
  })

  it('ends, corrected twice, at what one bill with all data would have been', () => {
    const first = runTime('100', '12', 1200n)
    const [second] = correctionLines(ofInvoice, [billed(first)], [runTime('110.125', '13.215', 1322n)])
    if (second === undefined) throw new Error('no correction')
    const [third] = correctionLines(
      ofInvoice,
      [billed(first), billed(second, 'ACME-000002')],
      [runTime('105', '12.6', 1260n)],
    )
    expect(third?.explanation.steps.at(-1)).toEqual({
      kind: 'billed_before',
      documents: 'ACME-000001, ACME-000002',
      quantity: '110.125',
      amount: '-13.22',
    })
    expect(first.amountMinor + second.amountMinor + (third?.amountMinor ?? 0n)).toBe(1260n)
    expect([second.quantity, third?.quantity]).toEqual(['10.125', '-5.125'])
  })
})

it('what a corrected line rests on is what its last document says', () => {
  const first = runTime('100', '12', 1200n)
  const second = runTime('10', '1.2', 120n)
  expect(standingLines([billed(first), billed(second, 'ACME-000002')])).toEqual([second])
})
