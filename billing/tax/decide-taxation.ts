/**
 * Where a customer's tax is due and who owes it: the rule, unless the manufacturer decided otherwise for the customer.
 *
 * The place is the customer's where it is in the seller's country or a business, else the seller's (Directive 2006/112/EC, Articles
 * 44 and 45); a customer is a business if it gave a tax id. A customer whose place is not known is taxed at the seller's, who
 * owes that tax as long as nothing else is shown. A business in another country of the EU owes the tax itself (Article 196) if its tax id
 * is a VAT number of another country of the EU than the seller's; an id that is none holds the invoice, since either answer would be a guess.
 *
 * Whether a VAT number is registered is not asked here. Rules for goods, vehicles, land and tickets differ: then the
 * manufacturer decides, by the customer's treatment and place.
 */
import { taxErrors } from './errors.ts'
import { countryOf } from './tax-table.ts'
import type { TaxFacts, TaxPlace, Taxation } from './tax-types.ts'

const euCountries = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
)
/** A country's letters and 2 to 13 digits or letters; Greek numbers begin with EL. */
const vatNumberPattern = /^([A-Z]{2})[0-9A-Z+*]{2,13}$/

/** @throws AppError `tax_place_missing`, `tax_treatment_unclear` */
export function decideTaxation(facts: TaxFacts): Taxation {
  const { sellerPlace, customerPlace, taxId, treatment } = facts
  if (sellerPlace === undefined) {
    throw taxErrors.tax_place_missing("Enter the seller's address in the settings, with its country.")
  }
  const place = placeOf(sellerPlace, customerPlace, taxId)
  switch (treatment?.status) {
    case 'standard':
      return { place, treatment: { kind: 'rates' } }
    case 'exempt':
      return { place, treatment: { kind: 'exempt', reason: treatment.reason } }
    case 'reverse_charge':
      if (taxId !== undefined) return { place, treatment: { kind: 'reverse_charge' } }
      throw taxErrors.tax_treatment_unclear(
        'Enter the tax id of the customer, who is to owe the tax, or choose another tax treatment for it.',
      )
    case undefined:
      return {
        place,
        treatment: { kind: owesItself(place, sellerPlace, taxId) ? 'reverse_charge' : 'rates' },
      }
  }
}

function placeOf(
  sellerPlace: TaxPlace,
  customerPlace: TaxPlace | undefined,
  taxId: string | undefined,
): TaxPlace {
  if (customerPlace === undefined) return sellerPlace
  const isTaxedThere = countryOf(customerPlace) === countryOf(sellerPlace) || taxId !== undefined
  return isTaxedThere ? customerPlace : sellerPlace
}

function owesItself(place: TaxPlace, sellerPlace: TaxPlace, taxId: string | undefined): boolean {
  const [country, sellerCountry] = [countryOf(place), countryOf(sellerPlace)]
  if (taxId === undefined || country === sellerCountry) return false
  if (!euCountries.has(country) || !euCountries.has(sellerCountry)) return false
  const registeredIn = countryOfVatNumber(taxId)
  if (registeredIn !== undefined && registeredIn !== sellerCountry) return true
  throw taxErrors.tax_treatment_unclear(
    `Correct the customer's tax id "${taxId}" to a VAT number of another country of the EU than ${sellerCountry}, or choose a tax treatment for the customer.`,
  )
}

function countryOfVatNumber(taxId: string): string | undefined {
  const [, prefix] = vatNumberPattern.exec(taxId.replaceAll(/[ .-]/g, '').toUpperCase()) ?? []
  const country = prefix === 'EL' ? 'GR' : prefix
  return country !== undefined && euCountries.has(country) ? country : undefined
}
