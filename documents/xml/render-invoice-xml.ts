/**
 * Renders a document as an electronic invoice: the syntax UBL 2.1 of EN 16931, an `Invoice` or a `CreditNote`.
 *
 * The result is the core invoice model without the extra rules of a network or a state (Peppol, XRechnung). Elements stand in
 * the order of the UBL schemas. Amounts are exact decimals; nothing is computed here but forms.
 */
import { moneyOf } from '../../core/index.ts'
import { assertInvoiceDocument } from '../assert-document.ts'
import { toCivilPeriod } from '../civil-period.ts'
import { documentTexts } from '../document-texts.ts'
import type { InvoiceDocument, TaxGroup } from '../invoice-document.ts'
import { isIban } from '../iban.ts'
import { toXmlAmount } from './xml-amount.ts'
import { writeLine } from './xml-line.ts'
import { writeBuyer, writePeriod, writeSeller, writeTaxCategory } from './xml-parts.ts'
import { element, textElement, type XmlNode } from './xml-writer.ts'

const CUSTOMIZATION = 'urn:cen.eu:en16931:2017'
const schemas = 'urn:oasis:names:specification:ubl:schema:xsd'

/** UNTDID 1001 and 4461. */
const INVOICE = '380'
const CREDIT_NOTE = '381'
const CREDIT_TRANSFER = '30'
const SEPA_CREDIT_TRANSFER = '58'

/** @throws AppError `document_*` for a document that cannot be issued. */
export function renderInvoiceXml(document: InvoiceDocument): string {
  assertInvoiceDocument(document)
  const root = document.kind === 'invoice' ? 'Invoice' : 'CreditNote'
  const written = element(
    root,
    [
      ...writeHead(document),
      ...writeReferences(document),
      ...writeParties(document),
      ...writePayment(document),
      ...writeTotals(document),
      ...document.lines.map((line, index) => writeLine(line, index, document)),
    ],
    {
      xmlns: `${schemas}:${root}-2`,
      'xmlns:cac': `${schemas}:CommonAggregateComponents-2`,
      'xmlns:cbc': `${schemas}:CommonBasicComponents-2`,
    },
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${written}\n`
}

function writeHead(document: InvoiceDocument): readonly XmlNode[] {
  const isInvoice = document.kind === 'invoice'
  return [
    textElement('cbc:CustomizationID', CUSTOMIZATION),
    textElement('cbc:ID', document.number),
    textElement('cbc:IssueDate', document.issuedOn),
    isInvoice ? textElement('cbc:DueDate', document.dueOn) : null,
    isInvoice
      ? textElement('cbc:InvoiceTypeCode', INVOICE)
      : textElement('cbc:CreditNoteTypeCode', CREDIT_NOTE),
    ...document.notes.map((note) => textElement('cbc:Note', note)),
    textElement('cbc:DocumentCurrencyCode', document.currency),
    textElement('cbc:BuyerReference', document.buyer.reference),
    writePeriod(toCivilPeriod(document.servicePeriod, document.timeZone)),
  ]
}

function writeReferences({
  buyer,
  corrects,
  billUrl,
  number,
  language,
}: InvoiceDocument): readonly XmlNode[] {
  return [
    element('cac:OrderReference', [textElement('cbc:ID', buyer.purchaseOrder)]),
    corrects === null
      ? null
      : element('cac:BillingReference', [
          element('cac:InvoiceDocumentReference', [
            textElement('cbc:ID', corrects.number),
            textElement('cbc:IssueDate', corrects.issuedOn),
          ]),
        ]),
    billUrl === null
      ? null
      : element('cac:AdditionalDocumentReference', [
          textElement('cbc:ID', number),
          textElement('cbc:DocumentDescription', documentTexts[language].billPage),
          element('cac:Attachment', [element('cac:ExternalReference', [textElement('cbc:URI', billUrl)])]),
        ]),
  ]
}

function writeParties({ seller, buyer, lines }: InvoiceDocument): readonly XmlNode[] {
  const isOutsideScope = lines.some(({ tax }) => tax.code === 'O')
  return [writeSeller(seller, isOutsideScope), writeBuyer(buyer, isOutsideScope)]
}

/** Where to pay to stands only where something is to be paid. */
function writePayment(document: InvoiceDocument): readonly XmlNode[] {
  const { seller, currency, number, totals, kind } = document
  const { bank } = seller
  const isPayable = kind === 'invoice' && totals.payableMinor > 0n
  const isSepa = bank !== null && currency === 'EUR' && isIban(bank.accountNumber)
  return [
    bank === null || !isPayable
      ? null
      : element('cac:PaymentMeans', [
          textElement('cbc:PaymentMeansCode', isSepa ? SEPA_CREDIT_TRANSFER : CREDIT_TRANSFER),
          textElement('cbc:PaymentID', number),
          element('cac:PayeeFinancialAccount', [
            textElement('cbc:ID', bank.accountNumber.replaceAll(' ', '')),
            textElement('cbc:Name', bank.accountName),
            element('cac:FinancialInstitutionBranch', [textElement('cbc:ID', bank.bic)]),
          ]),
        ]),
    element('cac:PaymentTerms', [
      textElement('cbc:Note', documentTexts[document.language].paymentTerms(document)),
    ]),
  ]
}

function writeTotals(document: InvoiceDocument): readonly XmlNode[] {
  const { totals, taxGroups } = document
  const amount = (name: string, amountMinor: bigint) => writeAmount(name, amountMinor, document)
  return [
    element('cac:TaxTotal', [
      amount('cbc:TaxAmount', totals.taxMinor),
      ...taxGroups.map((group) => writeTaxGroup(group, document)),
    ]),
    element('cac:LegalMonetaryTotal', [
      // Nothing is granted or charged on the whole document, so the sum of the lines is the net total.
      amount('cbc:LineExtensionAmount', totals.netMinor),
      amount('cbc:TaxExclusiveAmount', totals.netMinor),
      amount('cbc:TaxInclusiveAmount', totals.grossMinor),
      totals.paidMinor === 0n ? null : amount('cbc:PrepaidAmount', totals.paidMinor),
      amount('cbc:PayableAmount', totals.payableMinor),
    ]),
  ]
}

function writeTaxGroup(group: TaxGroup, document: InvoiceDocument): XmlNode {
  return element('cac:TaxSubtotal', [
    writeAmount('cbc:TaxableAmount', group.netMinor, document),
    writeAmount('cbc:TaxAmount', group.taxMinor, document),
    writeTaxCategory('cac:TaxCategory', group.tax, group.exemptionNote),
  ])
}

function writeAmount(name: string, amountMinor: bigint, { currency }: InvoiceDocument): XmlNode {
  return textElement(name, toXmlAmount(moneyOf(amountMinor, currency)), { currencyID: currency })
}
