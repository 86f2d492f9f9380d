import { describe, expect, it } from 'vitest'
import { AppError } from '../core/index.ts'
import { assertInvoiceDocument } from './assert-document.ts'
import { checkEn16931 } from './check-en16931.ts'
import type { DocumentLine, InvoiceDocument, TaxCategory, TaxGroup } from './invoice-document.ts'
import { anInvoiceOf, exampleCreditNote, exampleInvoice, exampleSeller } from './testing/example-documents.ts'

const [flat, used] = exampleInvoice.lines as [DocumentLine, DocumentLine]
const [group] = exampleInvoice.taxGroups as [TaxGroup]
const { seller, buyer, totals } = exampleInvoice
const nowhere = { ...seller.address, country: ' ' }

function untaxed(code: TaxCategory['code'], exemptionNote: string | null = 'By law.'): InvoiceDocument {
  const tax = { code, ratePercent: code === 'O' ? null : '0' }
  return anInvoiceOf([{ ...flat, tax }], {
    taxGroups: [{ tax, netMinor: 490n, taxMinor: 0n, exemptionNote }],
    totals: { netMinor: 490n, taxMinor: 0n, grossMinor: 490n, paidMinor: 0n, payableMinor: 490n },
  })
}

function outsideScopeWith(changes: Partial<InvoiceDocument>): InvoiceDocument {
  return { ...untaxed('O'), ...changes }
}

/** The rules that a document breaks, with where. */
function broken(document: InvoiceDocument): string[] {
  return checkEn16931(document).map(({ rule, pointer }) => `${rule} ${pointer}`)
}

describe('checkEn16931', () => {
  it('finds nothing in whole documents of every tax category', () => {
    const documents = [
      exampleInvoice,
      exampleCreditNote,
      untaxed('Z', null),
      untaxed('E'),
      untaxed('AE'),
      untaxed('O'),
    ]
    expect(documents.flatMap(broken)).toEqual([])
  })

  it.each<[string, Partial<InvoiceDocument>, readonly string[]]>([
    ['no number', { number: '' }, ['BR-02 /number']],
    ['no seller', { seller: { ...seller, legalName: ' ' } }, ['BR-06 /seller/legalName']],
    ['no buyer', { buyer: { ...buyer, legalName: '' } }, ['BR-07 /buyer/legalName']],
    [
      'a seller without country',
      { seller: { ...seller, address: nowhere } },
      ['BR-09 /seller/address/country'],
    ],
    ['a buyer without country', { buyer: { ...buyer, address: nowhere } }, ['BR-11 /buyer/address/country']],
    [
      'a buyer without town',
      { buyer: { ...buyer, address: { ...buyer.address, city: '' } } },
      ['BR-10 /buyer/address/city'],
    ],
    ['a line without words', { lines: [{ ...flat, description: '' }, used] }, ['BR-25 /lines/0/description']],
    ['no due date', { dueOn: null }, ['BR-CO-25 /dueOn']],
    [
      'an invoice that corrects',
      { corrects: { number: 'R-1', issuedOn: '2026-01-01' } },
      ['BT-25 /corrects'],
    ],
    ['a credit note that corrects nothing', { kind: 'credit_note', dueOn: null }, ['BR-55 /corrects/number']],
    [
      'a bank without account',
      { seller: { ...seller, bank: { accountName: 'B', bankName: null, accountNumber: '', bic: null } } },
      ['BR-50 /seller/bank/accountNumber'],
    ],
  ])('finds what is missing: %s', (_, changes, rules) => {
    expect(broken({ ...exampleInvoice, ...changes })).toEqual(rules)
  })

  it('finds that nobody says who the seller is for the tax office', () => {
    const nameless = { ...seller, vatNumber: null, taxNumber: null, registrationNumber: null }
    expect(broken({ ...exampleInvoice, seller: nameless })).toEqual([
      'BR-CO-26 /seller/vatNumber',
      'BR-S-02 /seller/vatNumber',
    ])
  })

  it('finds that there are no lines', () => {
    const nothing = { netMinor: 0n, taxMinor: 0n, grossMinor: 0n, paidMinor: 0n, payableMinor: 0n }
    expect(broken({ ...exampleInvoice, lines: [], taxGroups: [], totals: nothing })).toEqual([
      'BR-16 /lines',
      'BR-CO-18 /taxGroups',
    ])
  })

  it.each<[string, Partial<InvoiceDocument>, readonly string[]]>([
    [
      'net',
      { totals: { ...totals, netMinor: 2960n, grossMinor: 3522n, payableMinor: 3022n } },
      ['BR-CO-10 /totals/netMinor'],
    ],
    [
      'tax',
      { totals: { ...totals, taxMinor: 561n, grossMinor: 3520n, payableMinor: 3020n } },
      ['BR-CO-14 /totals/taxMinor'],
    ],
    [
      'gross',
      { totals: { ...totals, grossMinor: 3522n, payableMinor: 3022n } },
      ['BR-CO-15 /totals/grossMinor'],
    ],
    ['payable', { totals: { ...totals, payableMinor: 3521n } }, ['BR-CO-16 /totals/payableMinor']],
    [
      'a line that is not its quantity times its price',
      { lines: [flat, { ...used, quantity: '206.75' }] },
      ['BT-131 /lines/1/netMinor'],
    ],
    [
      'the net of a tax group',
      { taxGroups: [{ ...group, netMinor: 2958n }] },
      ['BR-S-08 /taxGroups/0/netMinor'],
    ],
    [
      'a tax a cent too high',
      {
        taxGroups: [{ ...group, taxMinor: 563n }],
        totals: { ...totals, taxMinor: 563n, grossMinor: 3522n, payableMinor: 3022n },
      },
      ['BR-S-09 /taxGroups/0/taxMinor'],
    ],
  ])('finds sums that are wrong: %s', (_, changes, rules) => {
    expect(broken({ ...exampleInvoice, ...changes })).toEqual(rules)
  })

  it.each([
    [10n, 1n],
    [10n, 2n],
  ])('takes a tax of half a cent rounded either way: 15 %% of %s is %s', (netMinor, taxMinor) => {
    const tax = { code: 'S', ratePercent: '15' } as const
    const grossMinor = netMinor + taxMinor
    const document = anInvoiceOf([{ ...flat, unitPrice: null, netMinor, tax }], {
      taxGroups: [{ tax, netMinor, taxMinor, exemptionNote: null }],
      totals: { netMinor, taxMinor, grossMinor, paidMinor: 0n, payableMinor: grossMinor },
    })
    expect(broken(document)).toEqual([])
  })

  it('takes "19" and "19.0" as one rate', () => {
    const lines = [flat, { ...used, tax: { code: 'S', ratePercent: '19.0' } as const }]
    expect(broken({ ...exampleInvoice, lines })).toEqual([])
  })

  it.each<[string, InvoiceDocument, readonly string[]]>([
    ['an exemption without a reason', untaxed('E', null), ['BR-E-10 /taxGroups/0/exemptionNote']],
    ['a reverse charge without a reason', untaxed('AE', ' '), ['BR-AE-10 /taxGroups/0/exemptionNote']],
    ['nothing taxable without a reason', untaxed('O', null), ['BR-O-10 /taxGroups/0/exemptionNote']],
    ['a zero rate with a reason', untaxed('Z'), ['BR-Z-10 /taxGroups/0/exemptionNote']],
    [
      'a tax with a reason not to have it',
      { ...exampleInvoice, taxGroups: [{ ...group, exemptionNote: 'By law.' }] },
      ['BR-S-10 /taxGroups/0/exemptionNote'],
    ],
    [
      'a reverse charge to nobody known',
      { ...untaxed('AE'), buyer: { ...buyer, taxId: null } },
      ['BR-AE-02 /buyer/taxId'],
    ],
    [
      'a reverse charge to a number without a country',
      { ...untaxed('AE'), buyer: { ...buyer, taxId: '987654321' } },
      ['BR-AE-02 /buyer/taxId'],
    ],
    [
      'nobody but a VAT number outside the scope of VAT',
      outsideScopeWith({ seller: { ...seller, taxNumber: null, registrationNumber: null } }),
      ['BR-CO-26 /seller/registrationNumber'],
    ],
  ])('finds taxes that are not as the law wants them: %s', (_, document, rules) => {
    expect(broken(document)).toEqual(rules)
  })

  it('finds a group that is missing and one that is there twice', () => {
    const seven: TaxCategory = { code: 'S', ratePercent: '7' }
    expect(broken({ ...exampleInvoice, lines: [flat, { ...used, tax: seven }] })).toEqual([
      'BR-S-01 /lines/1/tax',
      'BR-S-08 /taxGroups/0/netMinor',
    ])
    const half = { ...group, netMinor: 2959n, taxMinor: 562n }
    expect(broken({ ...exampleInvoice, taxGroups: [half, { ...half, tax: { ...half.tax } }] })).toEqual([
      'BR-S-01 /taxGroups/1',
      'BR-CO-14 /totals/taxMinor',
    ])
  })

  it('finds rates that a category does not have', () => {
    const none = { code: 'S', ratePercent: '0' } as const
    const some = { code: 'AE', ratePercent: '19' } as const
    const rated = { code: 'O', ratePercent: '0' } as const
    const missing = { code: 'E', ratePercent: null } as const
    for (const tax of [none, some, rated, missing]) {
      const line = { ...flat, tax }
      const document = { ...untaxed(tax.code, tax.code === 'S' ? null : 'By law.'), lines: [line] }
      const rules = broken({ ...document, taxGroups: document.taxGroups.map((each) => ({ ...each, tax })) })
      expect(rules.filter((rule) => rule.includes('-05'))).toEqual([
        `BR-${tax.code}-05 /lines/0/tax/ratePercent`,
        `BR-${tax.code}-05 /taxGroups/0/tax/ratePercent`,
      ])
    }
  })

  it('finds taxed lines beside what is outside the scope of VAT', () => {
    const outside = untaxed('O')
    const mixed = {
      ...exampleInvoice,
      lines: [...exampleInvoice.lines, ...outside.lines],
      taxGroups: [...exampleInvoice.taxGroups, ...outside.taxGroups],
      totals: { netMinor: 3449n, taxMinor: 562n, grossMinor: 4011n, paidMinor: 0n, payableMinor: 4011n },
    }
    expect(broken(mixed)).toEqual(['BR-O-11 /taxGroups', 'BR-O-12 /lines'])
  })

  it.each<[string, Partial<InvoiceDocument>, readonly string[]]>([
    ['a number with a line end', { number: 'R-1\n' }, ['BR-02 /number', 'XML /number']],
    ['30 February', { issuedOn: '2026-02-30' }, ['BR-03 /issuedOn']],
    ['a due date in words', { dueOn: 'soon' }, ['BT-9 /dueOn']],
    ['an unknown zone', { timeZone: 'Europe/Atlantis' }, ['BT-73 /timeZone']],
    ['an unknown currency', { currency: 'XXX' as InvoiceDocument['currency'] }, ['BR-CL-04 /currency']],
    [
      'an unknown country',
      { buyer: { ...buyer, address: { ...buyer.address, country: 'QQ' } } },
      ['BR-CL-14 /buyer/address/country'],
    ],
    [
      'a VAT number with spaces',
      { seller: { ...seller, vatNumber: 'DE 123 456 789' } },
      ['BR-CO-09 /seller/vatNumber'],
    ],
    ['a period that runs backwards', { servicePeriod: { from: 2, to: 1 } }, ['BR-29 /servicePeriod']],
    [
      'a period of a line that runs backwards',
      { lines: [{ ...flat, period: { from: 2, to: 1 } }, used] },
      ['BR-30 /lines/0/period'],
    ],
    ['a quantity in words', { lines: [flat, { ...used, quantity: '1e3' }] }, ['BR-22 /lines/1/quantity']],
    ['a price in words', { lines: [flat, { ...used, unitPrice: '0,12' }] }, ['BR-26 /lines/1/unitPrice']],
    [
      'a negative price',
      { lines: [flat, { ...used, quantity: '-205.75', unitPrice: '-0.12' }] },
      ['BR-27 /lines/1/unitPrice'],
    ],
    ['an address that is none', { billUrl: 'javascript:alert(1)' }, ['BT-124 /billUrl']],
    ['a control character', { notes: ['a\u0000b'] }, ['XML /notes/0']],
    ['half a character', { notes: ['\ud800'] }, ['XML /notes/0']],
  ])('finds values that cannot be written: %s', (_, changes, rules) => {
    expect(broken({ ...exampleInvoice, ...changes })).toEqual(rules)
  })

  it('finds amounts with a third decimal', () => {
    const tax = { code: 'Z', ratePercent: '0' } as const
    const document: InvoiceDocument = {
      ...untaxed('Z', null),
      currency: 'KWD' as InvoiceDocument['currency'],
      lines: [{ ...flat, unitPrice: null, tax, netMinor: 491n }],
      taxGroups: [{ tax, netMinor: 491n, taxMinor: 0n, exemptionNote: null }],
      totals: { netMinor: 491n, taxMinor: 0n, grossMinor: 491n, paidMinor: 0n, payableMinor: 491n },
    }
    expect(broken(document)).toEqual(
      [
        '/lines/0/netMinor',
        '/taxGroups/0/netMinor',
        '/totals/netMinor',
        '/totals/grossMinor',
        '/totals/payableMinor',
      ].map((pointer) => `BR-DEC-23 ${pointer}`),
    )
  })
})

/** Code, sentence and issues of the refusal. */
function refusalOf(document: InvoiceDocument) {
  try {
    assertInvoiceDocument(document)
  } catch (error) {
    if (error instanceof AppError)
      return [error.code, error.message, error.issues.map((each) => each.pointer)]
    throw error
  }
  return []
}

describe('assertInvoiceDocument', () => {
  it('refuses with the code of the first violation, a sentence, and a pointer to each', () => {
    const document = { ...exampleInvoice, buyer: { ...buyer, legalName: '' }, dueOn: null }
    expect(refusalOf(document)).toEqual([
      'document_incomplete',
      "Enter the customer's legal name.",
      ['/buyer/legalName', '/dueOn'],
    ])
  })

  it.each<[string, InvoiceDocument]>([
    ['document_sums_wrong', { ...exampleInvoice, totals: { ...totals, payableMinor: 0n }, dueOn: null }],
    ['document_tax_invalid', untaxed('E', null)],
    ['document_value_invalid', { ...exampleInvoice, issuedOn: 'today' }],
    ['document_text_unprintable', { ...exampleInvoice, notes: ['a\tb'] }],
  ])('refuses with %s', (code, document) => {
    expect(refusalOf(document)[0]).toBe(code)
  })

  it('refuses letters that the font lacks and says which', () => {
    expect(refusalOf({ ...exampleInvoice, buyer: { ...buyer, legalName: '株式会社' } })).toEqual([
      'document_text_unprintable',
      'Write the text in Latin, Greek or Cyrillic letters: U+682A cannot be printed.',
      ['/buyer/legalName'],
    ])
  })

  it('takes the letters of European names, also where the accent is written apart', () => {
    const legalName = 'Ångström Čapek Łódź Ђорђе Ζωή İğdır Ațică Ñandú Þór Œuvre e\u0301'
    expect(refusalOf({ ...exampleInvoice, seller: { ...exampleSeller, legalName } })).toEqual([])
  })
})
