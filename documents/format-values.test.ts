import { describe, expect, it } from 'vitest'
import { documentTexts } from './document-texts.ts'
import {
  formatAmount,
  formatDate,
  formatPeriod,
  formatPlainAmount,
  formatPrice,
  formatQuantity,
  formatRate,
} from './format-values.ts'
import { formatAccountNumber, isIban } from './iban.ts'
import type { InvoiceDocument } from './invoice-document.ts'
import { exampleInvoice } from './testing/example-documents.ts'
import { isVatNumber } from './vat-number.ts'

const german = exampleInvoice
const english: InvoiceDocument = { ...exampleInvoice, language: 'en' }
const plainSpaces = (text: string) => text.replaceAll(/[\u00a0\u2009\u202f]/g, ' ')

describe('values', () => {
  it('are written in the language of the document, exactly', () => {
    const big = 123_456_789_012_345_678n
    expect([german, english].map((each) => plainSpaces(formatAmount(big, each)))).toEqual([
      '1.234.567.890.123.456,78 €',
      '€1,234,567,890,123,456.78',
    ])
    expect([german, english].map((each) => formatPlainAmount(-5n, each))).toEqual(['-0,05', '-0.05'])
    expect([german, english].map((each) => formatPrice('0.123456789012', each))).toEqual([
      '0,123456789012',
      '0.123456789012',
    ])
    expect([german, english].map((each) => formatPrice('3', each))).toEqual(['3,00', '3.00'])
    expect([german, english].map(({ language }) => formatDate('2026-03-01', language))).toEqual([
      '1. März 2026',
      '1 March 2026',
    ])
    const rate = { code: 'S', ratePercent: '8.1' } as const
    expect([german, english].map(({ language }) => plainSpaces(formatRate(rate, language)))).toEqual([
      '8,1 %',
      '8.1%',
    ])
  })

  it.each([
    ['1234.5', '1,234.5'],
    ['-7/3', '≈ -2.333333'],
    ['0.1234567', '≈ 0.123457'],
    ['5/2', '2.5'],
  ])('a quantity of %s is printed as %s, with a sign where digits were left out', (quantity, printed) => {
    expect(formatQuantity(quantity, 'en')).toBe(printed)
  })

  it.each([
    ['2026-10-01T00:00+02:00', '2026-11-01T00:00+01:00', '1 – 31 October 2026'],
    ['2026-12-15T00:00+01:00', '2027-01-15T00:00+01:00', '15 December 2026 – 14 January 2027'],
    ['2026-10-01T00:00+02:00', '2026-10-01T12:00+02:00', '1 October 2026'],
  ])('a period from %s to %s is %s in Berlin', (from, to, text) => {
    const period = { from: Date.parse(from), to: Date.parse(to) }
    expect(plainSpaces(formatPeriod(period, english))).toBe(text)
  })

  it('of an account are shown in fours where it is an IBAN', () => {
    expect(formatAccountNumber('DE02120300000000202051')).toBe('DE02 1203 0000 0000 2020 51')
    expect(formatAccountNumber('000123456')).toBe('000123456')
    expect([isIban('DE02 1203 0000 0000 2020 51'), isIban('DE02')]).toEqual([true, false])
  })

  it.each([
    ['DE123456789', true],
    ['EL123456789', true],
    ['XI123456789', true],
    ['QQ123456789', false],
    ['123456789', false],
    ['DE 123', false],
    ['DE', false],
    ['de123456789', false],
  ])('%s has the form of a VAT number: %s', (text, is) => {
    expect(isVatNumber(text)).toBe(is)
  })
})

describe('documentTexts', () => {
  it('says everything in both languages', () => {
    const words = (language: 'en' | 'de') =>
      Object.entries(documentTexts[language]).flatMap(([name, text]) =>
        typeof text === 'string' ? [[name, text] as const] : [],
      )
    expect(words('de').map(([name]) => name)).toEqual(words('en').map(([name]) => name))
    const german = new Map(words('de'))
    const same = words('en').filter(([name, text]) => text === '' || german.get(name) === text)
    // The only word that both languages share.
    expect(same).toEqual([['bank', 'Bank']])
  })

  it('says by when to pay, that there is nothing to pay, or that the amount comes back', () => {
    const paid = { ...english, totals: { ...english.totals, payableMinor: 0n } }
    const back = { ...english, kind: 'credit_note' } as const
    expect([english, paid, back].map((each) => documentTexts.en.paymentTerms(each))).toEqual([
      'Please pay €30.21 by 18 November 2026.',
      'There is nothing to pay.',
      'The amount is refunded or set off against open invoices.',
    ])
  })
})
