/** Customers as the API takes and shows them: billing accounts. */
import { Type, type Static } from 'typebox'

import { customerSorts, type Customer } from '../../billing/index.ts'
import { formatInstant } from '../../core/index.ts'
import {
  closedObject,
  component,
  Instant,
  listQuery,
  nullable,
  pageComponent,
  ReferenceText,
  SearchText,
} from '../schema-parts.ts'
import { TAX_PLACE_PATTERN } from './tax-rate-schemas.ts'

const Name = Type.String({ minLength: 1, maxLength: 200, examples: ['Hochbau Spree GmbH'] })
const Email = Type.String({ minLength: 3, maxLength: 254, examples: ['billing@hochbau.example'] })
const Language = Type.Enum(['en', 'de'])
const Currency = Type.String({ pattern: '^[A-Z]{3}$', examples: ['EUR'] })
const Address = closedObject({
  lines: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 4 }),
  postalCode: Type.String({ minLength: 1, maxLength: 200 }),
  city: Type.String({ minLength: 1, maxLength: 200 }),
  country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2' }),
})
const address = { lines: ['Am Kai 1'], postalCode: '10115', city: 'Berlin', country: 'DE' }

const TaxTreatment = Type.Union(
  [
    closedObject({ status: Type.Literal('standard') }),
    closedObject({ status: Type.Literal('reverse_charge') }),
    closedObject({ status: Type.Literal('exempt'), reason: Type.String({ minLength: 1, maxLength: 200 }) }),
  ],
  { description: 'How the customer is taxed; if null, as its tax id and address say' },
)
const TaxPlace = Type.String({
  pattern: TAX_PLACE_PATTERN,
  description: 'Where the customer is for tax, if not in the country of its address: ISO 3166, "ES-CN"',
})

const CollectionMethod = Type.Enum(['charge_automatically', 'send_invoice'], {
  description:
    'Whether Stripe charges what the customer saved, or mails the invoice and waits until the due day; `charge_automatically` if never said',
})

const accountMembers = {
  reference: nullable(ReferenceText),
  legalName: nullable(Name),
  taxId: nullable(Name),
  purchaseOrderNumber: nullable(Name),
  language: Language,
  currency: nullable(Currency),
  billingEmails: Type.Array(Email, { maxItems: 10, description: 'Where invoices go; `email` if empty' }),
  address: nullable(Address),
  taxTreatment: nullable(TaxTreatment),
  taxPlace: nullable(TaxPlace),
  collectionMethod: CollectionMethod,
}

export const CustomerComponent = component('Customer', {
  id: Type.String(),
  name: Name,
  email: Email,
  ...accountMembers,
  createdAt: Instant,
})
export const CustomerPageComponent = pageComponent('CustomerPage', CustomerComponent)

const optionalAccountMembers = {
  reference: Type.Optional(nullable(ReferenceText)),
  legalName: Type.Optional(nullable(Name)),
  taxId: Type.Optional(nullable(Name)),
  purchaseOrderNumber: Type.Optional(nullable(Name)),
  language: Type.Optional(Language),
  currency: Type.Optional(nullable(Currency)),
  billingEmails: Type.Optional(accountMembers.billingEmails),
  address: Type.Optional(nullable(Address)),
  taxTreatment: Type.Optional(nullable(TaxTreatment)),
  taxPlace: Type.Optional(nullable(TaxPlace)),
  collectionMethod: Type.Optional(CollectionMethod),
}

export const CreateCustomerBody = closedObject(
  { name: Name, email: Email, ...optionalAccountMembers },
  {
    examples: [
      { name: 'Hochbau Spree', email: 'billing@hochbau.example', language: 'de', currency: 'EUR', address },
    ],
  },
)
export const PatchCustomerBody = closedObject(
  { name: Type.Optional(Name), email: Type.Optional(Email), ...optionalAccountMembers },
  {
    minProperties: 1,
    description: 'null clears; what is left out stays',
    examples: [{ purchaseOrderNumber: 'PO-4711' }],
  },
)
export const CustomerQuery = listQuery(customerSorts, {
  text: SearchText('Part of the name, e-mail address or reference, or the id'),
})

export const customerComponents = [CustomerComponent, CustomerPageComponent]

export function presentCustomer(customer: Customer): Static<typeof CustomerComponent.schema> {
  const { address } = customer
  return {
    id: customer.id,
    name: customer.name,
    email: customer.email,
    reference: customer.reference ?? null,
    legalName: customer.legalName ?? null,
    taxId: customer.taxId ?? null,
    purchaseOrderNumber: customer.purchaseOrderNumber ?? null,
    language: customer.language,
    currency: customer.currency ?? null,
    billingEmails: [...customer.billingEmails],
    address: address === undefined ? null : { ...address, lines: [...address.lines] },
    taxTreatment: customer.taxTreatment ?? null,
    taxPlace: customer.taxPlace ?? null,
    collectionMethod: customer.collectionMethod,
    createdAt: formatInstant(customer.createdAt),
  }
}
