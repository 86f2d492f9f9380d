/** The face of `documents/`: from one frozen value to an invoice as PDF and as EN 16931 XML. */
export { assertInvoiceDocument } from './assert-document.ts'
export { checkEn16931 } from './check-en16931.ts'
export {
  createDocumentRenderer,
  type DocumentRenderer,
  type RenderedDocument,
} from './create-document-renderer.ts'
export { documentErrors } from './errors.ts'
export type {
  BankAccount,
  Buyer,
  DocumentLanguage,
  DocumentLine,
  DocumentTotals,
  InvoiceDocument,
  PostalAddress,
  Seller,
  TaxCategory,
  TaxCategoryCode,
  TaxGroup,
} from './invoice-document.ts'
export { renderInvoicePdf } from './pdf/render-invoice-pdf.ts'
export type { DocumentErrorCode, Violation } from './rules/violation.ts'
export { renderInvoiceXml } from './xml/render-invoice-xml.ts'
export { isPriceOfLine } from './is-price-of-line.ts'
export { isVatNumber } from './vat-number.ts'
