/**
 * Customers. A new one gets a card that works, unless the sandbox's `newCustomersPay` is false or its metadata says `sandbox_payment=none`;
 * `decline` and `action` there make that card decline or ask. A deleted customer keeps its documents and answers `{ deleted: true }`.
 */
import type { Stripe } from 'stripe'
import { automaticCard } from './cards.ts'
import { assertAttached } from './saved-methods.ts'
import { changeBalance, creditBalanceOf } from './customer-balance.ts'
import { getCustomer, getLivingCustomer } from './customer-store.ts'
import { expandReader, type Expansion } from './expansion.ts'
import { assertTaxId, newTaxId } from './tax-ids.ts'
import { listOperation } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { pageOf, scopeOf } from './pagination.ts'
import {
  address,
  emptyable,
  idText,
  integer,
  list,
  metadata,
  object,
  oneOf,
  patchMetadata,
  range,
  readParameters,
  text,
  type Parameters,
  type ReadersOf,
} from './parameters.ts'
import type { SandboxState, StoredCustomer } from './sandbox-state.ts'
import { showCustomer } from './show-invoice.ts'
import { invalidRequest } from './stripe-failure.ts'

const contentReaders = {
  address: emptyable(address),
  balance: integer,
  description: emptyable(text(350)),
  email: emptyable(text(512)),
  invoice_settings: object({ default_payment_method: emptyable(idText), footer: emptyable(text(5000)) }),
  metadata,
  name: emptyable(text(256)),
  phone: emptyable(text(20)),
  preferred_locales: emptyable(list(text(20))),
  tax_exempt: emptyable(oneOf(['none', 'exempt', 'reverse'])),
} satisfies ReadersOf<Stripe.CustomerUpdateParams>

const customerExpansions = ['tax_ids', 'invoice_credit_balance', 'invoice_settings.default_payment_method']

type Content = Parameters<typeof contentReaders>

export const customerOperations: readonly Operation[] = [
  {
    name: 'create_customer',
    method: 'POST',
    path: '/v1/customers',
    prepare(context, form) {
      const { tax_id_data, ...given } = readParameters(form, {
        ...contentReaders,
        tax_id_data: list(object({ type: text(20), value: text(50) }, ['type', 'value'])),
      } satisfies ReadersOf<Stripe.CustomerCreateParams>)
      for (const [index, { type, value }] of (tax_id_data ?? []).entries()) {
        assertTaxId(type, value, `tax_id_data[${index}][value]`)
      }
      if (typeof given.invoice_settings?.default_payment_method === 'string') {
        throw invalidRequest(
          'A payment method has to be attached to the customer before it can be the default.',
          'resource_missing',
          'invoice_settings[default_payment_method]',
        )
      }
      return (): Stripe.Customer => {
        const created = withCard(context, withContent(newCustomer(context), given))
        const taxIds = (tax_id_data ?? []).map(({ type, value }) =>
          newTaxId(context, created.customer.id, type, value),
        )
        context.state.customers.put({ ...created, taxIds })
        context.emit('customer.created', created.customer)
        setBalance(context, created.customer.id, given.balance, 'initial')
        return getCustomer(context.state, created.customer.id, 'id', 404).customer
      }
    },
  },
  listOperation({
    name: 'list_customers',
    path: '/v1/customers',
    readers: { email: text(512), created: range } satisfies ReadersOf<Stripe.CustomerListParams>,
    collection: (state) => state.customers,
    scope: ({ email }) => scopeOf('email', email),
    isWanted: ({ customer, isDeleted }, { created }) => !isDeleted && created?.(customer.created) !== false,
    show: ({ customer }) => customer,
  }),
  {
    name: 'retrieve_customer',
    method: 'GET',
    path: '/v1/customers/{id}',
    prepare({ state }, form, id) {
      const { expand } = readParameters(form, { expand: expandReader(customerExpansions) })
      return (): Stripe.Customer | Stripe.DeletedCustomer => {
        const stored = getCustomer(state, id, 'id', 404)
        return expand === undefined || stored.isDeleted
          ? showCustomer(stored)
          : expanded(state, stored, expand)
      }
    },
  },
  {
    name: 'update_customer',
    method: 'POST',
    path: '/v1/customers/{id}',
    prepare(context, form, id) {
      const given = readParameters(form, contentReaders)
      return (): Stripe.Customer => {
        const stored = getLivingCustomer(context.state, id, 'id', 404)
        const method = given.invoice_settings?.default_payment_method
        if (typeof method === 'string') {
          assertAttached(context, method, id, 'invoice_settings[default_payment_method]')
        }
        context.state.customers.put(withContent(stored, given))
        setBalance(context, id, given.balance, 'adjustment')
        const { customer } = getCustomer(context.state, id, 'id', 404)
        context.emit('customer.updated', customer)
        return customer
      }
    },
  },
  {
    name: 'delete_customer',
    method: 'DELETE',
    path: '/v1/customers/{id}',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.DeletedCustomer => {
        const stored = getLivingCustomer(context.state, id, 'id', 404)
        context.state.customers.put({ ...stored, isDeleted: true })
        context.emit('customer.deleted', stored.customer)
        return { id, object: 'customer', deleted: true } satisfies Stripe.DeletedCustomer
      }
    },
  },
]

function expanded(
  { paymentMethods }: SandboxState,
  stored: StoredCustomer,
  wanted: Expansion,
): Stripe.Customer {
  const { customer, taxIds } = stored
  const { default_payment_method } = customer.invoice_settings
  const method =
    wanted.has('invoice_settings.default_payment_method') && typeof default_payment_method === 'string'
      ? paymentMethods.get(default_payment_method)?.paymentMethod
      : undefined
  return {
    ...customer,
    ...(wanted.has('tax_ids') ? { tax_ids: pageOf(taxIds, {}, `/v1/customers/${customer.id}/tax_ids`) } : {}),
    ...(wanted.has('invoice_credit_balance') ? { invoice_credit_balance: creditBalanceOf(stored) } : {}),
    ...(method === undefined
      ? {}
      : { invoice_settings: { ...customer.invoice_settings, default_payment_method: method } }),
  }
}

function withContent(stored: StoredCustomer, given: Content): StoredCustomer {
  const { customer } = stored
  const { address, metadata: patch, invoice_settings, preferred_locales, tax_exempt, ...rest } = given
  const { balance: _balance, ...plain } = rest
  return {
    ...stored,
    customer: {
      ...customer,
      ...plain,
      ...(address === undefined
        ? {}
        : { address: address === null ? null : { ...emptyAddress, ...address } }),
      ...(preferred_locales === undefined ? {} : { preferred_locales: [...(preferred_locales ?? [])] }),
      ...(tax_exempt === undefined ? {} : { tax_exempt: tax_exempt ?? 'none' }),
      metadata: patchMetadata(customer.metadata, patch),
      invoice_settings: { ...customer.invoice_settings, ...invoice_settings },
    },
  }
}

function withCard(context: SandboxContext, stored: StoredCustomer): StoredCustomer {
  const { customer } = stored
  const wish = customer.metadata['sandbox_payment']
  const isUnasked = !context.settings.newCustomersPay && wish !== 'decline' && wish !== 'action'
  if (wish === 'none' || isUnasked) return stored
  const card = automaticCard(context, customer.id)
  const invoice_settings = { ...customer.invoice_settings, default_payment_method: card.paymentMethod.id }
  return { ...stored, customer: { ...customer, invoice_settings } }
}

function setBalance(
  context: SandboxContext,
  id: string,
  wanted: number | undefined,
  type: 'initial' | 'adjustment',
): void {
  const stored = getCustomer(context.state, id, 'id', 404)
  if (wanted === undefined || wanted === stored.customer.balance) return
  const currency = stored.customer.currency ?? 'usd'
  changeBalance(context, stored, { currency, amount: wanted - stored.customer.balance, type })
}

const emptyAddress: Stripe.Address = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
}

/** Every member of a customer, so that a new SDK whose shape has drifted does not compile. */
function newCustomer(context: SandboxContext): StoredCustomer {
  const id = context.newId('cus')
  const customer: Stripe.Customer = {
    id,
    object: 'customer',
    address: null,
    balance: 0,
    created: context.nowSecond(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: id.slice(-8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
  return { customer, taxIds: [], balances: {}, isDeleted: false }
}
