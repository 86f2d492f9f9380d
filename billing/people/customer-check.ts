/** Checks of what is said about a customer; every mistake is an issue with its pointer. */
import type { InputIssue } from '../../core/index.ts'
import type { CustomerChanges } from '../billing-changes.ts'
import type { Address } from '../billing-types.ts'
import { issuesOfName, issueUnless } from '../input-check.ts'
import { issuesOfTaxPlace, issuesOfTaxTreatment } from '../tax/tax-rate-check.ts'

const emailPattern = /^[^\s@]+@[^\s@]+$/
const countryPattern = /^[A-Z]{2}$/
const MAX_EMAIL_LENGTH = 254
const MAX_BILLING_EMAILS = 10
const MAX_ADDRESS_LINES = 4

export function issuesOfCustomer(changes: CustomerChanges): readonly InputIssue[] {
  const {
    reference,
    name,
    email,
    legalName,
    taxId,
    purchaseOrderNumber,
    billingEmails = [],
    address,
    taxTreatment,
    taxPlace,
  } = changes
  const named = { reference, name, legalName, taxId, purchaseOrderNumber }
  return [
    ...Object.entries(named).flatMap(([member, text]) =>
      typeof text === 'string' ? issuesOfName(text, `/${member}`) : [],
    ),
    ...(email === undefined ? [] : issuesOfEmail(email, '/email')),
    ...billingEmails.flatMap((each, index) => issuesOfEmail(each, `/billingEmails/${index}`)),
    ...issueUnless(
      billingEmails.length <= MAX_BILLING_EMAILS,
      '/billingEmails',
      `Give at most ${MAX_BILLING_EMAILS} addresses.`,
    ),
    ...(address === undefined || address === null ? [] : issuesOfAddress(address)),
    ...(taxTreatment === undefined || taxTreatment === null
      ? []
      : issuesOfTaxTreatment(taxTreatment, '/taxTreatment')),
    ...(typeof taxPlace === 'string' ? issuesOfTaxPlace(taxPlace, '/taxPlace') : []),
  ]
}

function issuesOfEmail(email: string, pointer: string): readonly InputIssue[] {
  return issueUnless(
    emailPattern.test(email) && email.length <= MAX_EMAIL_LENGTH,
    pointer,
    'Write an address such as "site@example.com".',
  )
}

function issuesOfAddress({ lines, postalCode, city, country }: Address): readonly InputIssue[] {
  return [
    ...issueUnless(
      lines.length <= MAX_ADDRESS_LINES,
      '/address/lines',
      `Give at most ${MAX_ADDRESS_LINES} lines.`,
    ),
    ...lines.flatMap((line, index) => issuesOfName(line, `/address/lines/${index}`)),
    ...issuesOfName(postalCode, '/address/postalCode'),
    ...issuesOfName(city, '/address/city'),
    ...issueUnless(
      countryPattern.test(country),
      '/address/country',
      'Write the country in two capitals: "DE".',
    ),
  ]
}
