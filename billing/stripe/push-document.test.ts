import { describe, expect, it } from 'vitest'
import type { InvoiceId, ManufacturerId } from '../../core/index.ts'
import {
  contentHash,
  customerParameters,
  findDocumentProblem,
  invoiceParameters,
  linesParameters,
  type PushDocument,
  type PushLine,
} from './push-document.ts'

function aLine(change: Partial<PushLine> = {}): PushLine {
  return {
    position: 1n,
    itemId: 'run-time',
    description: 'Run time',
    quantity: '10',
    unit: 'min',
    unitPrice: '0.12',
    amountMinor: 120n,
    ...change,
  }
}

function aDocument(change: Partial<PushDocument> = {}): PushDocument {
  return {
    invoiceId: 'inv_1' as InvoiceId,
    manufacturerId: 'man_1' as ManufacturerId,
    isVoid: false,
    number: 'ACME-000001',
    currency: 'eur',
    totalMinor: 120n,
    issuedAt: Date.UTC(2026, 10, 1),
    periodFrom: Date.UTC(2026, 9, 1),
    periodTo: Date.UTC(2026, 10, 1),
    customer: { id: 'cust_1', name: 'Building Co', email: 'a@example.com' },
    lines: [aLine()],
    ...change,
  }
}

describe('what is sent to Stripe', () => {
  it('is a customer with our id in the metadata', () => {
    expect(customerParameters(aDocument())).toEqual({
      name: 'Building Co',
      email: 'a@example.com',
      metadata: { customer_id: 'cust_1' },
    })
  })

  it('is a draft that Stripe does not advance, with our number', () => {
    const document = aDocument()
    expect(invoiceParameters(document, 'cus_1')).toEqual({
      customer: 'cus_1',
      currency: 'eur',
      number: 'ACME-000001',
      auto_advance: false,
      collection_method: 'charge_automatically',
      pending_invoice_items_behavior: 'exclude',
      metadata: { invoice_id: 'inv_1', content_hash: contentHash(document) },
    })
  })

  it('is one whole amount per line, with a period that ends in its last second', () => {
    expect(linesParameters(aDocument({ lines: [aLine({ amountMinor: -35n })] }))).toEqual({
      lines: [
        {
          amount: -35,
          description: 'Run time',
          period: { start: 1_790_812_800, end: 1_793_491_199 },
          metadata: { position: '1', item_id: 'run-time', quantity: '10', unit: 'min', unit_price: '0.12' },
        },
      ],
    })
  })

  it('tells no unit price of a line that no single price explains', () => {
    const { lines } = linesParameters(aDocument({ lines: [aLine({ unitPrice: null })] }))
    expect(lines[0]?.metadata).toEqual({ position: '1', item_id: 'run-time', quantity: '10', unit: 'min' })
  })

  it('has descriptions cut to 500 characters', () => {
    const { lines } = linesParameters(aDocument({ lines: [aLine({ description: 'x'.repeat(501) })] }))
    expect(lines[0]?.description).toBe(`${'x'.repeat(499)}…`)
  })
})

describe('contentHash', () => {
  it('changes with every amount, text and total', () => {
    const hashes = [
      aDocument(),
      aDocument({ totalMinor: 121n }),
      aDocument({ number: 'ACME-000002' }),
      aDocument({ currency: 'usd' }),
      aDocument({ lines: [aLine({ amountMinor: 121n })] }),
      aDocument({ lines: [aLine({ description: 'Run times' })] }),
      aDocument({ lines: [aLine(), aLine({ position: 2n })] }),
    ].map(contentHash)
    expect(new Set(hashes).size).toBe(7)
    expect(contentHash(aDocument())).toBe(hashes[0])
  })
})

describe('findDocumentProblem', () => {
  it('accepts 250 lines and refuses 251 with a sentence', () => {
    const lines = Array.from({ length: 251 }, () => aLine())
    expect(findDocumentProblem(aDocument({ lines: lines.slice(1) }))).toBe(undefined)
    expect(findDocumentProblem(aDocument({ lines }))).toBe(
      'Stripe takes at most 250 lines and this invoice has 251; send it another way.',
    )
  })

  it.each([
    [9_007_199_254_740_991n, undefined],
    [
      9_007_199_254_740_992n,
      'An amount of this invoice is larger than Stripe can be told exactly; send it another way.',
    ],
    [
      -9_007_199_254_740_993n,
      'An amount of this invoice is larger than Stripe can be told exactly; send it another way.',
    ],
  ])('says of the amount %s: %s', (amountMinor, problem) => {
    expect(findDocumentProblem(aDocument({ lines: [aLine({ amountMinor })] }))).toBe(problem)
    expect(findDocumentProblem(aDocument({ totalMinor: amountMinor }))).toBe(problem)
  })
})
