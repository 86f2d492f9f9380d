/** The parts of UBL that documents and lines share: periods, tax categories, parties. */
import type { CivilPeriod } from '../civil-period.ts'
import type { Buyer, PostalAddress, Seller, TaxCategory, TaxCategoryCode } from '../invoice-document.ts'
import { isVatNumber } from '../vat-number.ts'
import { element, textElement, type XmlNode } from './xml-writer.ts'

const taxScheme = (id: string) => element('cac:TaxScheme', [textElement('cbc:ID', id)])

/** The CEF list's codes for the reasons that need no further law. */
const exemptionCodes: Partial<Record<TaxCategoryCode, string>> = {
  AE: 'VATEX-EU-AE',
  G: 'VATEX-EU-G',
  O: 'VATEX-EU-O',
}

export function writePeriod({ firstOn, lastOn }: CivilPeriod): XmlNode {
  return element('cac:InvoicePeriod', [
    textElement('cbc:StartDate', firstOn),
    textElement('cbc:EndDate', lastOn),
  ])
}

/** @param exemptionNote why there is no tax; only where the document sums up a tax */
export function writeTaxCategory(name: string, tax: TaxCategory, exemptionNote: string | null): XmlNode {
  return element(name, [
    textElement('cbc:ID', tax.code),
    textElement('cbc:Percent', tax.ratePercent),
    textElement(
      'cbc:TaxExemptionReasonCode',
      exemptionNote === null ? null : (exemptionCodes[tax.code] ?? null),
    ),
    textElement('cbc:TaxExemptionReason', exemptionNote),
    taxScheme('VAT'),
  ])
}

/** @param isOutsideScope then no VAT number may stand in the document (BR-O-02) */
export function writeSeller(seller: Seller, isOutsideScope: boolean): XmlNode {
  const hasIdentity = seller.registrationNumber !== null || (seller.vatNumber !== null && !isOutsideScope)
  return element('cac:AccountingSupplierParty', [
    element('cac:Party', [
      // BR-CO-26 does not count the local tax number, so where there is no other it also stands as an identifier (BT-29).
      hasIdentity ? null : element('cac:PartyIdentification', [textElement('cbc:ID', seller.taxNumber)]),
      writeAddress(seller.address),
      isOutsideScope ? null : writeTaxNumber(seller.vatNumber, 'VAT'),
      // Any scheme but VAT makes it the local tax number (BT-32).
      writeTaxNumber(seller.taxNumber, 'FC'),
      element('cac:PartyLegalEntity', [
        textElement('cbc:RegistrationName', seller.legalName),
        textElement('cbc:CompanyID', seller.registrationNumber),
      ]),
    ]),
  ])
}

export function writeBuyer(buyer: Buyer, isOutsideScope: boolean): XmlNode {
  const hasVatNumber = buyer.taxId !== null && isVatNumber(buyer.taxId)
  return element('cac:AccountingCustomerParty', [
    element('cac:Party', [
      // A tax number of a country without VAT identifies the buyer no less (BT-46).
      hasVatNumber ? null : element('cac:PartyIdentification', [textElement('cbc:ID', buyer.taxId)]),
      writeAddress(buyer.address),
      hasVatNumber && !isOutsideScope ? writeTaxNumber(buyer.taxId, 'VAT') : null,
      element('cac:PartyLegalEntity', [textElement('cbc:RegistrationName', buyer.legalName)]),
    ]),
  ])
}

function writeTaxNumber(taxNumber: string | null, scheme: string): XmlNode {
  if (taxNumber === null || taxNumber === '') return null
  return element('cac:PartyTaxScheme', [textElement('cbc:CompanyID', taxNumber), taxScheme(scheme)])
}

function writeAddress(address: PostalAddress): XmlNode {
  return element('cac:PostalAddress', [
    textElement('cbc:StreetName', address.street),
    textElement('cbc:AdditionalStreetName', address.addition),
    textElement('cbc:CityName', address.city),
    textElement('cbc:PostalZone', address.postalCode),
    element('cac:Country', [textElement('cbc:IdentificationCode', address.country)]),
  ])
}
