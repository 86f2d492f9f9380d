/**
 * Checkout, in setup mode only: a session whose page takes a card for a customer, or in euros an account to debit. It is complete when its SetupIntent has succeeded, and expires
 * after a day or when it is told to.
 */
import type { Stripe } from 'stripe'
import { DAY_MS } from '../core/index.ts'
import { getLivingCustomer } from './customer-store.ts'
import { expandReader, noExpansion, type Expansion } from './expansion.ts'
import { fits, listOperation } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { scopeOf } from './pagination.ts'
import { methodTypes, methodTypesOf, type MethodType } from './payment-objects.ts'
import {
  currency,
  idText,
  list,
  metadata,
  oneOf,
  patchMetadata,
  readParameters,
  text,
  webUrl,
  type ReadersOf,
} from './parameters.ts'
import type { StoredCheckoutSession } from './sandbox-state.ts'
import { newSetupIntent } from './setup-intents.ts'
import { invalidRequest, resourceMissing } from './stripe-failure.ts'

const expansions = ['setup_intent']

export const checkoutSessionOperations: readonly Operation[] = [
  {
    name: 'create_checkout_session',
    method: 'POST',
    path: '/v1/checkout/sessions',
    prepare(context, form) {
      const given = readParameters(
        form,
        {
          mode: oneOf(['setup']),
          customer: idText,
          currency,
          success_url: webUrl,
          cancel_url: webUrl,
          client_reference_id: text(200),
          locale: text(10),
          metadata,
          allowed_payment_method_types: list(oneOf(methodTypes)),
        } satisfies ReadersOf<Stripe.Checkout.SessionCreateParams>,
        ['mode', 'customer', 'success_url'],
      )
      if (given.currency === undefined && given.allowed_payment_method_types === undefined) {
        throw invalidRequest(
          'Setup mode needs currency or allowed_payment_method_types.',
          'parameter_missing',
          'currency',
        )
      }
      const allowed = given.allowed_payment_method_types
      const offered = methodTypesOf(given.currency).filter((type) => allowed?.includes(type) !== false)
      if (offered.length === 0) {
        throw invalidRequest(
          'None of the payment methods that are allowed can be used with this currency.',
          'parameter_invalid',
          'allowed_payment_method_types',
        )
      }
      getLivingCustomer(context.state, given.customer, 'customer', 400)
      return (): Stripe.Checkout.Session => {
        const id = context.newId('cs_test')
        const session = newSession(context, id, {
          ...given,
          offered,
          setupIntent: newSetupIntent(context, given.customer, offered).id,
        })
        context.state.checkoutSessions.put(session)
        scheduleExpiry(context, session)
        return session
      }
    },
  },
  listOperation({
    name: 'list_checkout_sessions',
    path: '/v1/checkout/sessions',
    readers: {
      customer: idText,
      status: oneOf(['open', 'complete', 'expired']),
    } satisfies ReadersOf<Stripe.Checkout.SessionListParams>,
    collection: (state) => state.checkoutSessions,
    scope: ({ customer }) => scopeOf('customer', customer),
    isWanted: (session, { status }) => fits<string>(status, session.status),
    show: (session): Stripe.Checkout.Session => session,
  }),
  {
    name: 'retrieve_checkout_session',
    method: 'GET',
    path: '/v1/checkout/sessions/{id}',
    prepare(context, form, id) {
      const { expand } = readParameters(form, { expand: expandReader(expansions) })
      return (): Stripe.Checkout.Session =>
        showSession(context, getSession(context, id), expand ?? noExpansion)
    },
  },
  {
    name: 'expire_checkout_session',
    method: 'POST',
    path: '/v1/checkout/sessions/{id}/expire',
    prepare(context, form, id) {
      readParameters(form, {})
      return (): Stripe.Checkout.Session => {
        const session = getSession(context, id)
        if (session.status !== 'open') {
          throw invalidRequest(`Only an open session is expired; this one is ${session.status}.`)
        }
        return expire(context, session)
      }
    },
  },
]

/** Called by the page when something was saved. */
export function completeSession(context: SandboxContext, session: StoredCheckoutSession): void {
  const complete = { ...session, status: 'complete' as const, url: null }
  context.state.checkoutSessions.put(complete)
  context.emit('checkout.session.completed', complete)
}

/** Called after a restart as well. */
export function scheduleExpiry(
  context: SandboxContext,
  { id, expires_at, status }: StoredCheckoutSession,
): void {
  if (status !== 'open') return
  context.schedule(expires_at * 1000, () => {
    const session = context.state.checkoutSessions.get(id)
    if (session?.status === 'open') expire(context, session)
  })
}

function expire(context: SandboxContext, session: StoredCheckoutSession): StoredCheckoutSession {
  const expired = { ...session, status: 'expired' as const, url: null }
  context.state.checkoutSessions.put(expired)
  const intent = context.state.setupIntents.get(session.setup_intent)
  if (intent !== undefined) {
    context.state.setupIntents.put({ ...intent, status: 'canceled', next_action: null })
  }
  context.emit('checkout.session.expired', expired)
  return expired
}

function getSession({ state }: SandboxContext, id: string): StoredCheckoutSession {
  const session = state.checkoutSessions.get(id)
  if (session === undefined) throw resourceMissing('checkout.session', id, 'session')
  return session
}

function showSession(
  { state }: SandboxContext,
  session: StoredCheckoutSession,
  wanted: Expansion,
): Stripe.Checkout.Session {
  const intent = wanted.has('setup_intent') ? state.setupIntents.get(session.setup_intent) : undefined
  return intent === undefined ? session : { ...session, setup_intent: intent }
}

function newSession(
  context: SandboxContext,
  id: string,
  given: {
    readonly customer: string
    readonly currency?: string
    readonly success_url: string
    readonly cancel_url?: string
    readonly client_reference_id?: string
    readonly locale?: string
    readonly metadata?: Parameters<typeof patchMetadata>[1]
    readonly allowed_payment_method_types?: readonly string[]
    readonly offered: readonly MethodType[]
    readonly setupIntent: string
  },
): StoredCheckoutSession {
  return {
    id,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: null,
    allowed_payment_method_types:
      given.allowed_payment_method_types === undefined ? null : [...given.allowed_payment_method_types],
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: context.nowSecond(),
    currency: given.currency ?? null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: {
      after_submit: null,
      shipping_address: null,
      submit: null,
      terms_of_service_acceptance: null,
    },
    customer: given.customer,
    customer_account: null,
    customer_creation: null,
    customer_details: null,
    customer_email: null,
    discounts: null,
    expires_at: context.nowSecond() + DAY_MS / 1000,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: given.locale ?? null,
    managed_payments: null,
    metadata: patchMetadata(null, given.metadata),
    mode: 'setup',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'always',
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: [...given.offered],
    payment_status: 'no_payment_required',
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: given.setupIntent,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: given.success_url,
    total_details: null,
    ui_mode: 'hosted_page',
    url: `${context.url()}/c/${id}`,
    wallet_options: null,
  }
}
