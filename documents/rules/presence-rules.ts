/** What every invoice must name: EN 16931-1 §6.4, BR-02 to BR-55 and BR-CO-18, -25 and -26, as far as a document can break them. */
import type { Buyer, InvoiceDocument, PostalAddress, Seller } from '../invoice-document.ts'
import { isBlank, unless, type Violation } from './violation.ts'

export function checkPresence(document: InvoiceDocument): readonly Violation[] {
  const { seller, buyer, lines, taxGroups } = document
  return [
    ...isNamed('BR-02', '/number', document.number, 'Give the document a number.'),
    ...checkCorrected(document),
    ...checkSeller(seller),
    ...checkBuyer(buyer),
    ...isFilled('BR-16', '/lines', lines, 'Put at least one line on the document.'),
    ...isFilled('BR-CO-18', '/taxGroups', taxGroups, 'Sum the lines in at least one tax group.'),
    ...lines.flatMap((line, index) =>
      isNamed('BR-25', `/lines/${index}/description`, line.description, 'Say on each line what it is for.'),
    ),
    ...checkDueDate(document),
  ]
}

function checkSeller(seller: Seller): readonly Violation[] {
  const identities = [seller.vatNumber, seller.registrationNumber, seller.taxNumber]
  const identitySentence =
    "Enter the manufacturer's VAT number, tax number or register number: one of them must be on every invoice."
  return [
    ...isNamed('BR-06', '/seller/legalName', seller.legalName, "Enter the manufacturer's legal name."),
    ...checkAddress(seller.address, '/seller/address', 'BR-08', 'BR-09', "the manufacturer's"),
    ...unless(!identities.every(isBlank), incomplete('BR-CO-26', '/seller/vatNumber', identitySentence)),
    ...(seller.bank === null
      ? []
      : isNamed(
          'BR-50',
          '/seller/bank/accountNumber',
          seller.bank.accountNumber,
          'Enter the account number, or leave the bank out.',
        )),
  ]
}

function checkBuyer(buyer: Buyer): readonly Violation[] {
  return [
    ...isNamed('BR-07', '/buyer/legalName', buyer.legalName, "Enter the customer's legal name."),
    ...checkAddress(buyer.address, '/buyer/address', 'BR-10', 'BR-11', "the customer's"),
  ]
}

function checkAddress(
  address: PostalAddress,
  pointer: string,
  addressRule: string,
  countryRule: string,
  whose: string,
): readonly Violation[] {
  return [
    ...isNamed(addressRule, `${pointer}/city`, address.city, `Enter the town of ${whose} address.`),
    ...isNamed(countryRule, `${pointer}/country`, address.country, `Enter the country of ${whose} address.`),
  ]
}

function checkCorrected({ kind, corrects }: InvoiceDocument): readonly Violation[] {
  if (kind === 'invoice') {
    const detail = 'Leave out the corrected invoice, or make the document a credit note.'
    return unless(corrects === null, incomplete('BT-25', '/corrects', detail))
  }
  const detail = 'Name the invoice that the credit note corrects.'
  return unless(
    corrects !== null && !isBlank(corrects.number),
    incomplete('BR-55', '/corrects/number', detail),
  )
}

/** A credit note states in its payment terms that the amount is given back. */
function checkDueDate({ kind, totals, dueOn }: InvoiceDocument): readonly Violation[] {
  if (kind === 'credit_note' || totals.payableMinor <= 0n) return []
  const detail = 'Say by when the amount is to be paid.'
  return unless(dueOn !== null, incomplete('BR-CO-25', '/dueOn', detail))
}

function isFilled(rule: string, pointer: string, list: readonly unknown[], detail: string) {
  return unless(list.length > 0, incomplete(rule, pointer, detail))
}

function isNamed(rule: string, pointer: string, text: string, detail: string) {
  return unless(!isBlank(text), incomplete(rule, pointer, detail))
}

function incomplete(rule: string, pointer: string, detail: string): Violation {
  return { rule, code: 'document_incomplete', pointer, detail }
}
