/** Documents for tests: one whole invoice, one whole credit note, and ways to vary them. */
import { getCurrency } from '../../core/index.ts'
import type { DocumentLine, InvoiceDocument, Seller } from '../invoice-document.ts'

const berlin = (text: string) => Temporal.ZonedDateTime.from(`${text}[Europe/Berlin]`).epochMilliseconds

export const exampleSeller: Seller = {
  legalName: 'Bohrwerk Maschinenbau GmbH',
  address: {
    street: 'Werkstraße 12',
    addition: null,
    postalCode: '70565',
    city: 'Stuttgart',
    country: 'DE',
  },
  vatNumber: 'DE123456789',
  taxNumber: '99015/12345',
  registrationNumber: 'HRB 4711, AG Stuttgart',
  contact: 'rechnung@bohrwerk.example',
  bank: {
    accountName: 'Bohrwerk Maschinenbau GmbH',
    bankName: 'Musterbank',
    accountNumber: 'DE02 1203 0000 0000 2020 51',
    bic: 'BYLADEM1001',
  },
}

/** 4.90 + 24.69 at 19 %, of which 5.00 are paid. */
export const exampleInvoice: InvoiceDocument = {
  kind: 'invoice',
  number: 'R-2026-0042',
  corrects: null,
  issuedOn: '2026-11-04',
  dueOn: '2026-11-18',
  servicePeriod: { from: berlin('2026-10-01T00:00'), to: berlin('2026-11-01T00:00') },
  timeZone: 'Europe/Berlin',
  currency: getCurrency('EUR').code,
  language: 'de',
  seller: exampleSeller,
  buyer: {
    legalName: 'Müller & Söhne Tiefbau AG',
    address: {
      street: 'Am Güterbahnhof 3',
      addition: 'Halle 2',
      postalCode: '80339',
      city: 'München',
      country: 'DE',
    },
    taxId: 'DE987654321',
    purchaseOrder: 'PO-7781',
    reference: 'Kostenstelle 4400',
  },
  lines: [
    {
      description: 'Grundgebühr',
      quantity: '1',
      unit: '',
      unitPrice: '4.90',
      netMinor: 490n,
      tax: { code: 'S', ratePercent: '19' },
      period: { from: berlin('2026-10-01T00:00'), to: berlin('2026-11-01T00:00') },
      explanation: null,
      scopeMember: null,
    },
    {
      description: 'Laufzeit <Bohrer>',
      quantity: '205.75',
      unit: 'min',
      unitPrice: '0.12',
      netMinor: 2469n,
      tax: { code: 'S', ratePercent: '19' },
      period: { from: berlin('2026-10-01T00:00'), to: berlin('2026-11-01T00:00') },
      explanation: 'Der Zähler run_s stieg von 1.000 auf 13.345 s, das sind 205,75 min.',
      scopeMember: 'drill-1',
    },
  ],
  taxGroups: [
    { tax: { code: 'S', ratePercent: '19' }, netMinor: 2959n, taxMinor: 562n, exemptionNote: null },
  ],
  totals: { netMinor: 2959n, taxMinor: 562n, grossMinor: 3521n, paidMinor: 500n, payableMinor: 3021n },
  notes: ['Vielen Dank für Ihr Vertrauen.'],
  billUrl: 'https://bills.bohrwerk.example/invoices/inv_42?from=mail&lang=de',
}

/** In English, reverse charge to Poland, a tiered line, a fraction, a unit without a code and one line the other way. */
export const exampleCreditNote: InvoiceDocument = {
  ...exampleInvoice,
  kind: 'credit_note',
  number: 'C-2026-0003',
  corrects: { number: 'R-2026-0042', issuedOn: '2026-11-04' },
  issuedOn: '2026-11-20',
  dueOn: null,
  language: 'en',
  buyer: {
    legalName: 'Żółć Budownictwo Sp. z o.o.',
    address: {
      street: 'ul. Świętokrzyska 20',
      addition: null,
      postalCode: '00-002',
      city: 'Warszawa',
      country: 'PL',
    },
    taxId: 'PL5260001246',
    purchaseOrder: null,
    reference: null,
  },
  lines: [
    {
      description: 'Drilling, tiered',
      quantity: '150',
      unit: 'h',
      unitPrice: null,
      netMinor: 20_000n,
      tax: { code: 'AE', ratePercent: '0' },
      period: null,
      explanation: 'The first 100 h at 1.50 EUR, the next 50 h at 1.00 EUR.',
      scopeMember: 'site-north',
    },
    {
      description: 'Holes drilled',
      quantity: '-7/3',
      unit: 'metre of hole',
      unitPrice: '3',
      netMinor: -700n,
      tax: { code: 'AE', ratePercent: '0' },
      period: null,
      explanation: null,
      scopeMember: null,
    },
    {
      description: 'Minimum of the period, not used',
      quantity: '0',
      unit: '',
      unitPrice: null,
      netMinor: -150n,
      tax: { code: 'AE', ratePercent: '0' },
      period: null,
      explanation: null,
      scopeMember: null,
    },
  ],
  taxGroups: [
    {
      tax: { code: 'AE', ratePercent: '0' },
      netMinor: 19_150n,
      taxMinor: 0n,
      exemptionNote: 'Reverse charge: the customer owes the VAT (Article 196 of Directive 2006/112/EC).',
    },
  ],
  totals: {
    netMinor: 19_150n,
    taxMinor: 0n,
    grossMinor: 19_150n,
    paidMinor: 0n,
    payableMinor: 19_150n,
  },
  notes: [],
  billUrl: null,
}

/** The example with these lines, all at 19 %, and the sums that follow. */
export function anInvoiceOf(
  lines: readonly DocumentLine[],
  changes: Partial<InvoiceDocument> = {},
): InvoiceDocument {
  const netMinor = lines.reduce((total, line) => total + line.netMinor, 0n)
  const taxMinor = (netMinor * 19n + 50n) / 100n
  const grossMinor = netMinor + taxMinor
  return {
    ...exampleInvoice,
    lines,
    taxGroups: [{ tax: { code: 'S', ratePercent: '19' }, netMinor, taxMinor, exemptionNote: null }],
    totals: { netMinor, taxMinor, grossMinor, paidMinor: 0n, payableMinor: grossMinor },
    ...changes,
  }
}
