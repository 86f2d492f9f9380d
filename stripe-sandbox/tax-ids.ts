/** Tax ids of customers. The form is checked for the EU, Great Britain and Switzerland; other kinds are taken as they are. */
import type { Stripe } from 'stripe'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOf, pageReaders } from './pagination.ts'
import { readParameters, text, type ReadersOf } from './parameters.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

/** The form of a number after its country, for each country of the European Union (and Northern Ireland). */
const euForms: Readonly<Record<string, RegExp>> = {
  AT: /^U\d{8}$/,
  BE: /^[01]\d{9}$/,
  BG: /^\d{9,10}$/,
  CY: /^\d{8}[A-Z]$/,
  CZ: /^\d{8,10}$/,
  DE: /^\d{9}$/,
  DK: /^\d{8}$/,
  EE: /^\d{9}$/,
  EL: /^\d{9}$/,
  ES: /^[A-Z0-9]\d{7}[A-Z0-9]$/,
  FI: /^\d{8}$/,
  FR: /^[A-Z0-9]{2}\d{9}$/,
  HR: /^\d{11}$/,
  HU: /^\d{8}$/,
  IE: /^(?:\d{7}[A-Z]{1,2}|\d[A-Z0-9+*]\d{5}[A-Z])$/,
  IT: /^\d{11}$/,
  LT: /^(?:\d{9}|\d{12})$/,
  LU: /^\d{8}$/,
  LV: /^\d{11}$/,
  MT: /^\d{8}$/,
  NL: /^\d{9}B\d{2}$/,
  PL: /^\d{10}$/,
  PT: /^\d{9}$/,
  RO: /^\d{2,10}$/,
  SE: /^\d{12}$/,
  SI: /^\d{8}$/,
  SK: /^\d{10}$/,
  XI: /^(?:\d{9}|\d{12})$/,
}

/** @throws StripeFailure 400 `tax_id_invalid` */
export function assertTaxId(type: string, value: string, param: string): void {
  if (isWellFormed(type, value.replaceAll(/[\s.-]/g, '').toUpperCase())) return
  throw invalidRequest(`Invalid value for ${type}.`, 'tax_id_invalid', param)
}

function isWellFormed(type: string, compact: string): boolean {
  switch (type) {
    case 'eu_vat':
      return euForms[compact.slice(0, 2)]?.test(compact.slice(2)) ?? false
    case 'gb_vat':
      return /^GB(?:\d{9}|\d{12}|GD\d{3}|HA\d{3})$/.test(compact)
    case 'ch_vat':
      return /^CHE\d{9}(?:MWST|TVA|IVA)$/.test(compact)
    default:
      return true
  }
}

export function newTaxId(
  context: SandboxContext,
  customer: string,
  type: string,
  value: string,
): Stripe.TaxId {
  const taxId: Stripe.TaxId = {
    id: context.newId('txi'),
    object: 'tax_id',
    country: /^[A-Z]{2}/.exec(value.toUpperCase())?.[0] ?? null,
    created: context.nowSecond(),
    customer,
    customer_account: null,
    livemode: false,
    owner: { type: 'customer', customer, customer_account: null },
    type,
    value,
    verification: { status: 'pending', verified_address: null, verified_name: null },
  }
  context.emit('customer.tax_id.created', taxId)
  return taxId
}

export const taxIdOperations: readonly Operation[] = [
  {
    name: 'list_tax_ids',
    method: 'GET',
    path: '/v1/customers/{id}/tax_ids',
    prepare({ state }, form, id) {
      const page = readParameters(form, pageReaders)
      return (): Stripe.ApiList<Stripe.TaxId> =>
        pageOf(
          getLivingCustomer(state, id, 'customer', 404).taxIds.toReversed(),
          page,
          `/v1/customers/${id}/tax_ids`,
        )
    },
  },
  {
    name: 'create_tax_id',
    method: 'POST',
    path: '/v1/customers/{id}/tax_ids',
    prepare(context, form, id) {
      const { type, value } = readParameters(
        form,
        { type: text(20), value: text(50) } satisfies ReadersOf<Stripe.CustomerCreateTaxIdParams>,
        ['type', 'value'],
      )
      assertTaxId(type, value, 'value')
      return (): Stripe.TaxId => {
        const stored = getLivingCustomer(context.state, id, 'customer', 404)
        const taxId = newTaxId(context, id, type, value)
        context.state.customers.put({ ...stored, taxIds: [...stored.taxIds, taxId] })
        return taxId
      }
    },
  },
  {
    name: 'retrieve_tax_id',
    method: 'GET',
    path: '/v1/customers/{id}/tax_ids/{id}',
    prepare({ state }, form, id, taxIdId) {
      readParameters(form, {})
      return (): Stripe.TaxId => findTaxId(getCustomer(state, id, 'customer', 404).taxIds, taxIdId)
    },
  },
  {
    name: 'delete_tax_id',
    method: 'DELETE',
    path: '/v1/customers/{id}/tax_ids/{id}',
    prepare(context, form, id, taxIdId) {
      readParameters(form, {})
      return (): Stripe.DeletedTaxId => {
        const stored = getLivingCustomer(context.state, id, 'customer', 404)
        const gone = findTaxId(stored.taxIds, taxIdId)
        context.state.customers.put({ ...stored, taxIds: stored.taxIds.filter((taxId) => taxId !== gone) })
        context.emit('customer.tax_id.deleted', gone)
        return { id: taxIdId, object: 'tax_id', deleted: true } satisfies Stripe.DeletedTaxId
      }
    },
  },
]

function findTaxId(taxIds: readonly Stripe.TaxId[], id: string): Stripe.TaxId {
  const found = taxIds.find((taxId) => taxId.id === id)
  if (found === undefined) throw resourceMissing('tax_id', id, 'id')
  return found
}
