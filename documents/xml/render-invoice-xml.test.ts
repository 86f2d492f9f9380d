/** Reads the expected files beside the examples and nothing else. The amounts in them were worked out by hand. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { getCurrency } from '../../core/index.ts'
import type { DocumentLine, InvoiceDocument } from '../invoice-document.ts'
import {
  anInvoiceOf,
  exampleCreditNote,
  exampleInvoice,
  exampleSeller,
} from '../testing/example-documents.ts'
import { renderInvoiceXml } from './render-invoice-xml.ts'

const expected = (name: string) =>
  readFileSync(new URL(`../testing/expected-${name}.xml`, import.meta.url), 'utf8')

const aLine: DocumentLine = {
  description: 'Use',
  quantity: '2',
  unit: 'h',
  unitPrice: null,
  netMinor: 100n,
  tax: { code: 'S', ratePercent: '19' },
  period: null,
  explanation: null,
  scopeMember: null,
}

/** The elements of that name, with their texts. */
function read(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}( [^>]*)?>([^<]*)</${name}>`, 'g'))].map(
    ([, attributes = '', text = '']) => `${text}${attributes}`,
  )
}

describe('renderInvoiceXml', () => {
  it('writes a whole invoice', () => {
    expect(renderInvoiceXml(exampleInvoice)).toBe(expected('invoice'))
  })

  it('writes a whole credit note, which names the invoice that it corrects', () => {
    expect(renderInvoiceXml(exampleCreditNote)).toBe(expected('credit-note'))
  })

  it.each([
    ['min', 'MIN'],
    ['h', 'HUR'],
    ['s', 'SEC'],
    ['kWh', 'KWH'],
    ['Wh', 'WHR'],
    ['m3', 'MTQ'],
    ['m³', 'MTQ'],
    ['l', 'LTR'],
    ['piece', 'C62'],
    ['', 'C62'],
  ])('counts "%s" as %s', (unit, code) => {
    const xml = renderInvoiceXml(anInvoiceOf([{ ...aLine, unit }]))
    expect(read(xml, 'cbc:InvoicedQuantity')).toEqual([`2 unitCode="${code}"`])
    expect(read(xml, 'cbc:Name')).toEqual(['Bohrwerk Maschinenbau GmbH', 'Use'])
  })

  it('counts a unit without a code in pieces and names it with the item', () => {
    const xml = renderInvoiceXml(anInvoiceOf([{ ...aLine, unit: 'washes' }]))
    expect(read(xml, 'cbc:InvoicedQuantity')).toEqual(['2 unitCode="C62"'])
    expect(read(xml, 'cbc:Name')).toEqual(['Bohrwerk Maschinenbau GmbH', 'Use (washes)'])
  })

  it('writes what is given back as a negative quantity of a price that is not negative', () => {
    const xml = renderInvoiceXml(
      anInvoiceOf([
        { ...aLine, netMinor: 500n },
        { ...aLine, netMinor: -100n },
      ]),
    )
    expect(read(xml, 'cbc:InvoicedQuantity')).toEqual(['2 unitCode="HUR"', '-2 unitCode="HUR"'])
    expect(read(xml, 'cbc:PriceAmount')).toEqual(['5.00 currencyID="EUR"', '1.00 currencyID="EUR"'])
    expect(read(xml, 'cbc:BaseQuantity')).toEqual(['2 unitCode="HUR"', '2 unitCode="HUR"'])
  })

  it.each([
    ['JPY', 1000n, '1000', '1190'],
    ['KWD', 1230n, '1.23', '1.46'],
    ['EUR', 100_000_000_000_000_001n, '1000000000000000.01', '1190000000000000.01'],
  ])('writes amounts in %s exactly, with two decimals at most', (code, netMinor, net, gross) => {
    const taxMinor = code === 'KWD' ? 230n : (netMinor * 19n) / 100n
    const totals = { netMinor, taxMinor, grossMinor: netMinor + taxMinor, paidMinor: 0n }
    const xml = renderInvoiceXml({
      ...anInvoiceOf([{ ...aLine, netMinor }]),
      currency: getCurrency(code).code,
      taxGroups: [{ tax: aLine.tax, netMinor, taxMinor, exemptionNote: null }],
      totals: { ...totals, payableMinor: totals.grossMinor },
    })
    expect(read(xml, 'cbc:TaxExclusiveAmount')).toEqual([`${net} currencyID="${code}"`])
    expect(read(xml, 'cbc:PayableAmount')).toEqual([`${gross} currencyID="${code}"`])
  })

  it('counts the days of a service period in its zone, the last one included', () => {
    // From 1 November 13:00 to 2 November 13:00 in Kiritimati, which is a day ahead of UTC in the afternoon.
    const from = Date.UTC(2026, 9, 31, 23)
    const changed = { servicePeriod: { from, to: from + 86_400_000 }, timeZone: 'Pacific/Kiritimati' }
    const xml = renderInvoiceXml({ ...anInvoiceOf([aLine]), ...changed })
    expect(read(xml, 'cbc:StartDate')).toEqual(['2026-11-01'])
    expect(read(xml, 'cbc:EndDate')).toEqual(['2026-11-02'])
  })

  it('leaves VAT numbers out of a document outside the scope of VAT (BR-O-02)', () => {
    const tax = { code: 'O', ratePercent: null } as const
    const document: InvoiceDocument = {
      ...anInvoiceOf([{ ...aLine, tax }]),
      taxGroups: [{ tax, netMinor: 100n, taxMinor: 0n, exemptionNote: 'Not taxable in Germany.' }],
      totals: { netMinor: 100n, taxMinor: 0n, grossMinor: 100n, paidMinor: 0n, payableMinor: 100n },
    }
    const xml = renderInvoiceXml(document)
    expect([xml.includes('DE123456789'), xml.includes('DE987654321')]).toEqual([false, false])
    expect(read(xml, 'cbc:Percent')).toEqual([])
    expect(read(xml, 'cbc:TaxExemptionReasonCode')).toEqual(['VATEX-EU-O'])
  })

  it('identifies a seller without VAT and register numbers by its tax number (BR-CO-26)', () => {
    const seller = { ...exampleSeller, vatNumber: null, registrationNumber: null }
    const xml = renderInvoiceXml({ ...exampleInvoice, seller })
    expect(xml).toContain('<cac:PartyIdentification>\n        <cbc:ID>99015/12345</cbc:ID>')
  })

  it('writes a tax number of a country without VAT as an identifier of the buyer', () => {
    const buyer = { ...exampleInvoice.buyer, taxId: '12-3456789' }
    const xml = renderInvoiceXml({ ...exampleInvoice, buyer })
    expect(xml).toContain('<cac:PartyIdentification>\n        <cbc:ID>12-3456789</cbc:ID>')
    expect(read(xml, 'cbc:CompanyID')).toEqual(['DE123456789', '99015/12345', 'HRB 4711, AG Stuttgart'])
  })

  it('names no account where nothing is to be paid', () => {
    const totals = { ...exampleInvoice.totals, paidMinor: 3521n, payableMinor: 0n }
    const xml = renderInvoiceXml({ ...exampleInvoice, totals, dueOn: null })
    expect(xml).not.toContain('PaymentMeans')
    expect(xml).toContain('<cbc:Note>Es ist nichts zu zahlen.</cbc:Note>')
  })

  it('uses an ordinary transfer for an account that is no IBAN', () => {
    const bank = { accountName: 'Bohrwerk', bankName: null, accountNumber: '000123456', bic: null }
    const xml = renderInvoiceXml({ ...exampleInvoice, seller: { ...exampleSeller, bank } })
    expect(read(xml, 'cbc:PaymentMeansCode')).toEqual(['30'])
  })

  it('escapes what people write', () => {
    const xml = renderInvoiceXml(anInvoiceOf([{ ...aLine, description: `</cbc:Name> & "x" ]]>` }]))
    expect(xml).toContain('<cbc:Name>&lt;/cbc:Name&gt; &amp; &quot;x&quot; ]]&gt;</cbc:Name>')
  })
})
