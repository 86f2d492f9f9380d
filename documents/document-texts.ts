/** Every word that our documents say by themselves, in both languages. What a manufacturer writes comes in the document. */
import { formatAmount, formatDate } from './format-values.ts'
import type { DocumentLanguage, InvoiceDocument, TaxCategoryCode } from './invoice-document.ts'

export type DocumentTexts = {
  readonly invoice: string
  readonly creditNote: string
  readonly number: string
  readonly issuedOn: string
  readonly dueOn: string
  readonly servicePeriod: string
  readonly corrects: (number: string, issuedOn: string) => string
  readonly correctedInvoice: string
  readonly purchaseOrder: string
  readonly reference: string
  readonly buyerVatNumber: string
  readonly buyerTaxId: string
  readonly position: string
  readonly description: string
  readonly quantity: string
  readonly unitPrice: (currency: string) => string
  readonly taxRate: string
  readonly net: (currency: string) => string
  readonly netTotal: string
  readonly tax: (rate: string, net: string) => string
  readonly untaxed: Readonly<Record<Exclude<TaxCategoryCode, 'S'>, string>>
  readonly gross: string
  readonly paid: string
  readonly payable: string
  readonly credited: string
  readonly paymentTerms: (document: InvoiceDocument) => string
  readonly payTo: string
  readonly accountName: string
  readonly accountNumber: string
  readonly bank: string
  readonly paymentReference: string
  readonly billPage: string
  readonly vatNumber: string
  readonly taxNumber: string
  readonly registrationNumber: string
  readonly page: (page: number, pages: number) => string
  readonly continued: string
}

export const documentTexts: Readonly<Record<DocumentLanguage, DocumentTexts>> = {
  en: {
    invoice: 'Invoice',
    creditNote: 'Credit note',
    number: 'Number',
    issuedOn: 'Date',
    dueOn: 'Due',
    servicePeriod: 'Service period',
    corrects: (number, issuedOn) => `Corrects invoice ${number} of ${issuedOn}.`,
    correctedInvoice: 'Corrects invoice',
    purchaseOrder: 'Your order',
    reference: 'Your reference',
    buyerVatNumber: 'Your VAT number',
    buyerTaxId: 'Your tax number',
    position: 'No.',
    description: 'Description',
    quantity: 'Quantity',
    unitPrice: (currency) => `Price ${currency}`,
    taxRate: 'VAT',
    net: (currency) => `Net ${currency}`,
    netTotal: 'Net total',
    tax: (rate, net) => `VAT ${rate} on ${net}`,
    untaxed: {
      Z: 'VAT 0% (zero rate)',
      E: 'Exempt from VAT',
      AE: 'Reverse charge, no VAT',
      G: 'Export, no VAT',
      O: 'Outside the scope of VAT',
    },
    gross: 'Gross total',
    paid: 'Already paid',
    payable: 'Amount due',
    credited: 'Amount credited',
    paymentTerms: (document) => {
      if (document.kind === 'credit_note') return 'The amount is refunded or set off against open invoices.'
      if (document.totals.payableMinor <= 0n || document.dueOn === null) return 'There is nothing to pay.'
      const amount = formatAmount(document.totals.payableMinor, document)
      return `Please pay ${amount} by ${formatDate(document.dueOn, 'en')}.`
    },
    payTo: 'Pay to',
    accountName: 'Account holder',
    accountNumber: 'IBAN / account',
    bank: 'Bank',
    paymentReference: 'Reference',
    billPage: 'How each amount came about',
    vatNumber: 'VAT number',
    taxNumber: 'Tax number',
    registrationNumber: 'Company register',
    page: (page, pages) => `Page ${page} of ${pages}`,
    continued: 'continued',
  },
  de: {
    invoice: 'Rechnung',
    creditNote: 'Rechnungskorrektur',
    number: 'Nummer',
    issuedOn: 'Datum',
    dueOn: 'Fällig am',
    servicePeriod: 'Leistungszeitraum',
    corrects: (number, issuedOn) => `Berichtigt die Rechnung ${number} vom ${issuedOn}.`,
    correctedInvoice: 'Berichtigt Rechnung',
    purchaseOrder: 'Ihre Bestellung',
    reference: 'Ihr Zeichen',
    buyerVatNumber: 'Ihre USt-IdNr.',
    buyerTaxId: 'Ihre Steuernummer',
    position: 'Pos.',
    description: 'Leistung',
    quantity: 'Menge',
    unitPrice: (currency) => `Preis ${currency}`,
    taxRate: 'USt.',
    net: (currency) => `Netto ${currency}`,
    netTotal: 'Summe netto',
    tax: (rate, net) => `USt. ${rate} auf ${net}`,
    untaxed: {
      Z: 'USt. 0\u00a0% (Nullsatz)',
      E: 'Von der USt. befreit',
      AE: 'Steuerschuld des Leistungsempfängers',
      G: 'Ausfuhr, ohne USt.',
      O: 'Nicht steuerbar',
    },
    gross: 'Summe brutto',
    paid: 'Bereits bezahlt',
    payable: 'Zu zahlen',
    credited: 'Gutgeschrieben',
    paymentTerms: (document) => {
      if (document.kind === 'credit_note') {
        return 'Der Betrag wird erstattet oder mit offenen Rechnungen verrechnet.'
      }
      if (document.totals.payableMinor <= 0n || document.dueOn === null) return 'Es ist nichts zu zahlen.'
      const amount = formatAmount(document.totals.payableMinor, document)
      return `Bitte zahlen Sie ${amount} bis zum ${formatDate(document.dueOn, 'de')}.`
    },
    payTo: 'Zahlbar an',
    accountName: 'Kontoinhaber',
    accountNumber: 'IBAN / Konto',
    bank: 'Bank',
    paymentReference: 'Verwendungszweck',
    billPage: 'Wie jeder Betrag zustande kam',
    vatNumber: 'USt-IdNr.',
    taxNumber: 'Steuernummer',
    registrationNumber: 'Handelsregister',
    page: (page, pages) => `Seite ${page} von ${pages}`,
    continued: 'Fortsetzung',
  },
}
