import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import type { PushDocument, PushLine } from './push-document.ts'
import { countStripeLines, spreadTax, toStripeLines } from './stripe-lines.ts'

function aDocument(
  lines: readonly (Pick<PushLine, 'itemId' | 'taxCategory' | 'amountMinor'> & Partial<PushLine>)[],
  change: Partial<PushDocument> = {},
): PushDocument {
  return {
    invoiceId: 'inv_1' as InvoiceId,
    manufacturerId: 'man_1' as ManufacturerId,
    status: 'issued',
    number: 'ACME-000001',
    currency: 'eur',
    stepMinor: 1n,
    prices: 'net',
    taxMinor: 0n,
    totalMinor: 0n,
    issuedAt: 0,
    dueOn: undefined,
    timeZone: 'UTC',
    periodFrom: 0,
    periodTo: 86_400_000,
    customer: {
      id: 'cust_1' as CustomerId,
      name: 'Building Co',
      email: 'a@example.com',
      language: 'en',
      address: undefined,
      taxId: undefined,
      taxStatus: undefined,
      purchaseOrder: undefined,
      collectionMethod: 'charge_automatically',
    },
    lines: lines.map((line, index) => ({
      position: BigInt(index + 1),
      description: line.itemId,
      quantity: '1',
      unit: 'min',
      unitPrice: null,
      period: undefined,
      ...line,
    })),
    taxes: [],
    ...change,
  }
}

const standard = { code: 'S', percent: '19', categories: ['standard'] } as const
const reduced = { code: 'S', percent: '7', categories: ['reduced'] } as const

const taxesOf = (document: PushDocument) =>
  toStripeLines(document).map(({ amount, tax_amounts }) => [
    amount,
    ...(typeof tax_amounts === 'object' && tax_amounts !== null
      ? tax_amounts.map((tax) => [tax.amount, tax.taxable_amount, tax.tax_rate_data.percentage])
      : []),
  ])

describe('the tax of an invoice on its lines', () => {
  it('is shared out on the lines of each rate, so that they add up', () => {
    // 19 % of 16.93 is 3.2167, of 4.90 alone 0.931: 0.93 and the rest, 2.29. 7 % of 1.00 is 0.07.
    const document = aDocument(
      [
        { itemId: 'a', taxCategory: 'standard', amountMinor: 490n },
        { itemId: 'b', taxCategory: 'reduced', amountMinor: 100n },
        { itemId: 'c', taxCategory: 'standard', amountMinor: 1_203n },
      ],
      {
        taxes: [
          { ...standard, netMinor: 1_693n, taxMinor: 322n },
          { ...reduced, netMinor: 100n, taxMinor: 7n },
        ],
      },
    )
    expect(taxesOf(document)).toEqual([
      [490, [93, 490, 19]],
      [100, [7, 100, 7]],
      [1203, [229, 1203, 19]],
    ])
  })

  it('is taken out of prices that hold it', () => {
    const document = aDocument([{ itemId: 'a', taxCategory: 'standard', amountMinor: 1_190n }], {
      prices: 'gross',
      taxes: [{ ...standard, netMinor: 1_000n, taxMinor: 190n }],
    })
    expect(taxesOf(document)).toEqual([[1190, [190, 1000, 19]]])
  })

  it('adds up whatever the lines are, in steps that the currency has', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -100_000n, max: 1_000_000n }), { minLength: 1, maxLength: 40 }),
        fc.bigInt({ min: 0n, max: 50_000n }),
        fc.constantFrom(1n, 10n, 100n),
        (amounts, tax, step) => {
          const shares = spreadTax(tax * step, amounts, step)
          expect(shares.reduce((sum, share) => sum + share, 0n)).toBe(tax * step)
          expect(shares.every((share) => share % step === 0n)).toBe(true)
        },
      ),
    )
  })
})

describe('an invoice of more than 250 lines', () => {
  const lines = (positions: number, each: number) =>
    Array.from({ length: positions * each }, (_, index) => ({
      itemId: `item-${index % positions}`,
      taxCategory: index % positions === 0 ? 'reduced' : 'standard',
      amountMinor: 3n,
    }))

  it('has one line for each tariff position', () => {
    const document = aDocument(lines(3, 100))
    expect(
      toStripeLines(document).map(({ amount, description, metadata }) => [amount, description, metadata]),
    ).toEqual([
      [300, 'item-0 (100 lines of the invoice)', { line_count: '100', item_id: 'item-0' }],
      [300, 'item-1 (100 lines of the invoice)', { line_count: '100', item_id: 'item-1' }],
      [300, 'item-2 (100 lines of the invoice)', { line_count: '100', item_id: 'item-2' }],
    ])
    expect(countStripeLines(document)).toBe(3)
  })

  it('has one line for each category of tax where there are as many positions', () => {
    const document = aDocument(lines(251, 2))
    expect(toStripeLines(document).map(({ amount, description }) => [amount, description])).toEqual([
      [6, '2 lines of the invoice'],
      [1500, '500 lines of the invoice'],
    ])
  })

  it('has its 250 lines where it has no more', () => {
    expect(countStripeLines(aDocument(lines(250, 1)))).toBe(250)
  })
})
