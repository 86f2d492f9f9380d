import { describe, expect, it } from 'vitest'
import type { CustomerId, InvoiceId, ManufacturerId } from '../../core/index.ts'
import {
  contentHash,
  customerHash,
  customerParameters,
  assertSendable,
  invoiceParameters,
  linesParameters,
} from './document-parameters.ts'
import type { PushCustomer, PushDocument, PushLine } from './push-document.ts'

function aLine(change: Partial<PushLine> = {}): PushLine {
  return {
    position: 1n,
    itemId: 'run-time',
    description: 'Run time',
    quantity: '10',
    unit: 'min',
    unitPrice: '0.12',
    taxCategory: 'standard',
    amountMinor: 120n,
    period: undefined,
    ...change,
  }
}

function aCustomer(change: Partial<PushCustomer> = {}): PushCustomer {
  return {
    id: 'cust_1' as CustomerId,
    name: 'Building Co',
    email: 'a@example.com',
    language: 'en',
    address: undefined,
    taxId: undefined,
    taxStatus: undefined,
    purchaseOrder: undefined,
    collectionMethod: 'charge_automatically',
    ...change,
  }
}

function aDocument(change: Partial<PushDocument> = {}): PushDocument {
  return {
    invoiceId: 'inv_1' as InvoiceId,
    manufacturerId: 'man_1' as ManufacturerId,
    status: 'issued',
    number: 'ACME-000001',
    currency: 'eur',
    stepMinor: 1n,
    prices: 'net',
    taxMinor: 0n,
    totalMinor: 120n,
    issuedAt: Date.UTC(2026, 10, 1),
    dueOn: '2026-11-15',
    timeZone: 'Europe/Berlin',
    periodFrom: Date.UTC(2026, 8, 30, 22),
    periodTo: Date.UTC(2026, 9, 31, 23),
    customer: aCustomer(),
    lines: [aLine()],
    taxes: [],
    ...change,
  }
}

const settings = { stripeCustomerId: 'cus_1', billUrl: undefined, now: Date.UTC(2026, 10, 1, 12) }

describe('what is sent to Stripe', () => {
  it('is a customer with our id in the metadata', () => {
    expect(customerParameters(aCustomer())).toEqual({
      name: 'Building Co',
      email: 'a@example.com',
      preferred_locales: ['en'],
      tax_exempt: 'none',
      metadata: { customer_id: 'cust_1' },
    })
  })

  it('is a customer with address, tax id and status, as far as they are known', () => {
    const address = { lines: ['Bauweg 1', 'Hof 2'], postalCode: '20095', city: 'Hamburg', country: 'DE' }
    const customer = aCustomer({
      language: 'de',
      address,
      taxId: 'de 123-456.789',
      taxStatus: 'reverse_charge',
    })
    expect(customerParameters(customer)).toMatchObject({
      preferred_locales: ['de'],
      tax_exempt: 'reverse',
      address: { line1: 'Bauweg 1', line2: 'Hof 2', postal_code: '20095', city: 'Hamburg', country: 'DE' },
      tax_id_data: [{ type: 'eu_vat', value: 'DE123456789' }],
    })
    expect(customerParameters(aCustomer({ taxId: 'CHE-123.456.789' })).tax_id_data).toEqual([
      { type: 'ch_vat', value: 'CHE123456789' },
    ])
    expect(customerParameters(aCustomer({ taxId: '21/815/08150' })).tax_id_data).toBe(undefined)
  })

  it('is a draft that Stripe does not advance, with our number and a memo', () => {
    const document = aDocument()
    expect(invoiceParameters(document, settings)).toEqual({
      customer: 'cus_1',
      currency: 'eur',
      number: 'ACME-000001',
      auto_advance: false,
      collection_method: 'charge_automatically',
      pending_invoice_items_behavior: 'exclude',
      description: 'For use from 1 October 2026 to 31 October 2026 (Europe/Berlin).',
      metadata: { invoice_id: 'inv_1', content_hash: contentHash(document) },
    })
  })

  it('links to the whole bill in the memo, in the customer’s language, and names its order', () => {
    const customer = aCustomer({ language: 'de', purchaseOrder: 'B-4711' })
    const billUrl = 'https://usance.example/bills/inv_1'
    expect(invoiceParameters(aDocument({ customer }), { ...settings, billUrl })).toMatchObject({
      description: `Für die Nutzung vom 1. Oktober 2026 bis 31. Oktober 2026 (Europe/Berlin). Jede Zeile erklärt: ${billUrl}`,
      custom_fields: [{ name: 'Bestellnummer', value: 'B-4711' }],
    })
  })

  it('is to be paid until the end of the day that our document names, and never sooner than a day', () => {
    const customer = aCustomer({ collectionMethod: 'send_invoice' })
    const daysOf = (dueOn: string | undefined) =>
      invoiceParameters(aDocument({ customer, dueOn }), settings).days_until_due
    // From 1 November at noon UTC to 16 November at midnight in Berlin.
    expect([daysOf('2026-11-15'), daysOf('2026-11-01'), daysOf(undefined)]).toEqual([14, 1, 1])
  })

  it('is one whole amount per line, with a period that ends in its last second', () => {
    expect(linesParameters(aDocument({ lines: [aLine({ amountMinor: -35n })] }))).toEqual({
      lines: [
        {
          amount: -35,
          description: 'Run time',
          period: { start: 1_790_805_600, end: 1_793_487_599 },
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

describe('hashes', () => {
  it('change with every amount, text and total', () => {
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

  it('of a customer change with what Stripe is told, and with nothing else', () => {
    const told = customerHash(aCustomer())
    expect(customerHash(aCustomer({ purchaseOrder: 'B-1', collectionMethod: 'send_invoice' }))).toBe(told)
    const others = [
      { name: 'Other' },
      { email: 'b@example.com' },
      { taxId: 'DE1' },
      { language: 'de' as const },
    ]
    expect(others.map((change) => customerHash(aCustomer(change)) === told)).toEqual([
      false,
      false,
      false,
      false,
    ])
  })
})

describe('assertSendable', () => {
  it.each([
    ['a plain one', {}, undefined],
    ['251 lines', { lines: Array.from({ length: 251 }, () => aLine()) }, undefined],
    ['nothing to pay', { totalMinor: 0n, lines: [] }, undefined],
    [
      'less than Stripe charges',
      { totalMinor: 49n },
      'Stripe cannot charge less than €0.50; ask for this invoice another way, or write it off.',
    ],
    ['the least that Stripe charges', { totalMinor: 50n }, undefined],
    [
      'a step that KWD is not settled in',
      { currency: 'kwd', stepMinor: 10n, totalMinor: 1_235n, lines: [aLine({ amountMinor: 1_235n })] },
      'Stripe takes KWD in steps of 10 minor units, and an amount of this invoice is none; void it and issue it anew from a tariff that rounds so.',
    ],
    [
      'a number of 27 characters',
      { number: 'A'.repeat(27) },
      'Stripe takes numbers of at most 26 characters; shorten the prefix of the numbers and issue it anew.',
    ],
    [
      'an amount that a number does not carry',
      { lines: [aLine({ amountMinor: 9_007_199_254_740_993n })] },
      'Stripe’s amounts are exact only below 2^53 minor units; send this invoice another way.',
    ],
    [
      'five decimals of a tax rate',
      {
        taxes: [
          { code: 'S' as const, percent: '7.12345', netMinor: 120n, taxMinor: 9n, categories: ['standard'] },
        ],
      },
      'Stripe takes tax rates with at most four decimals; send this invoice another way.',
    ],
  ])('of %s says what it is', (_name, change, problem) => {
    const sending = () => assertSendable(aDocument(change))
    if (problem === undefined) expect(sending).not.toThrow()
    else expect(sending).toThrow(problem)
  })
})
