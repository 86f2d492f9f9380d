/**
 * SetupIntents: a card, or an account to debit, is saved for a customer without paying. Some cards ask the customer for a confirmation first. What
 * was saved is attached to its customer; making it the default is for whoever asked for it.
 */
import type { Stripe } from 'stripe'
import { newCard } from './cards.ts'
import { newDebit } from './debits.ts'
import { attachMethod } from './saved-methods.ts'
import { getCustomer } from './customer-store.ts'
import { listOperation } from './list-operation.ts'
import type { Operation, SandboxContext } from './operation.ts'
import { scopeOf } from './pagination.ts'
import { idText, range, readParameters, type ReadersOf } from './parameters.ts'
import type { StoredPaymentMethod, StoredSetupIntent } from './sandbox-state.ts'
import { resourceMissing } from './stripe-failure.ts'
import { findTestAccount } from './test-accounts.ts'
import { findTestCard } from './test-card-numbers.ts'

export type SetupOutcome = 'succeeded' | 'asks' | 'declined' | 'unknown_card' | 'unknown_account' | 'over'

export const setupIntentOperations: readonly Operation[] = [
  listOperation({
    name: 'list_setup_intents',
    path: '/v1/setup_intents',
    readers: { customer: idText, created: range } satisfies ReadersOf<Stripe.SetupIntentListParams>,
    collection: (state) => state.setupIntents,
    scope: ({ customer }) => scopeOf('customer', customer),
    isWanted: (intent, { created }) => created?.(intent.created) !== false,
    show: (intent): Stripe.SetupIntent => intent,
  }),
  {
    name: 'retrieve_setup_intent',
    method: 'GET',
    path: '/v1/setup_intents/{id}',
    prepare({ state }, form, id) {
      readParameters(form, {})
      return (): Stripe.SetupIntent => {
        const intent = state.setupIntents.get(id)
        if (intent === undefined) throw resourceMissing('setupintent', id, 'intent')
        return intent
      }
    },
  },
]

export function newSetupIntent(
  context: SandboxContext,
  customer: string,
  methodTypes: readonly string[],
): StoredSetupIntent {
  const id = context.newId('seti')
  const intent: StoredSetupIntent = {
    id,
    object: 'setup_intent',
    allowed_payment_method_types: null,
    application: null,
    automatic_payment_methods: null,
    cancellation_reason: null,
    client_secret: `${id}_secret_sandbox`,
    created: context.nowSecond(),
    customer,
    customer_account: null,
    description: null,
    excluded_payment_method_types: null,
    flow_directions: null,
    last_setup_error: null,
    latest_attempt: null,
    livemode: false,
    managed_payments: null,
    mandate: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: [...methodTypes],
    single_use_mandate: null,
    status: 'requires_payment_method',
    usage: 'off_session',
  }
  context.state.setupIntents.put(intent)
  context.emit('setup_intent.created', intent)
  return intent
}

/** Somebody typed a card number; `bankUrl` is the page on which the bank would ask. */
export function saveCard(
  context: SandboxContext,
  intent: StoredSetupIntent,
  typed: string,
  bankUrl: string,
): SetupOutcome {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return 'over'
  const card = findTestCard(typed)
  if (card === undefined) return 'unknown_card'
  const method = newCard(context, card.kind, null)
  switch (card.whenSaved) {
    case 'works':
      succeed(context, intent, method)
      return 'succeeded'
    case 'asks': {
      const asking = change(context, intent, {
        status: 'requires_action',
        payment_method: method.paymentMethod.id,
        next_action: { type: 'redirect_to_url', redirect_to_url: { url: bankUrl, return_url: null } },
      })
      context.emit('setup_intent.requires_action', asking)
      return 'asks'
    }
    case 'declines':
      fail(context, intent, method, {
        type: 'card_error',
        code: 'card_declined',
        decline_code: 'generic_decline',
        message: 'Your card was declined.',
      })
      return 'declined'
  }
}

/** Somebody typed an IBAN, and allowed by that to have it debited. */
export function saveAccount(context: SandboxContext, intent: StoredSetupIntent, typed: string): SetupOutcome {
  if (intent.status === 'succeeded' || intent.status === 'canceled') return 'over'
  const account = findTestAccount(typed)
  if (account === undefined) return 'unknown_account'
  const { name = null, email } = getCustomer(context.state, intent.customer, 'customer', 400).customer
  const mandate = context.newId('mandate')
  const method = newDebit(context, account, null, { billing: { name, email }, mandate })
  succeed(context, { ...intent, mandate }, method)
  return 'succeeded'
}

/** The customer answers the bank's question. */
export function answerBankAboutCard(
  context: SandboxContext,
  intent: StoredSetupIntent,
  isConfirmed: boolean,
): SetupOutcome {
  const method = context.state.paymentMethods.get(intent.payment_method ?? '')
  if (intent.status !== 'requires_action' || method === undefined) return 'over'
  if (isConfirmed) {
    succeed(context, intent, method)
    return 'succeeded'
  }
  fail(context, intent, method, {
    type: 'card_error',
    code: 'setup_intent_authentication_failure',
    message: 'The provided payment method has failed authentication.',
  })
  return 'declined'
}

function succeed(context: SandboxContext, intent: StoredSetupIntent, method: StoredPaymentMethod): void {
  const attached = attachMethod(context, method.paymentMethod.id, intent.customer)
  const succeeded = change(context, intent, {
    status: 'succeeded',
    payment_method: attached.paymentMethod.id,
    last_setup_error: null,
    next_action: null,
  })
  context.emit('setup_intent.succeeded', succeeded)
}

function fail(
  context: SandboxContext,
  intent: StoredSetupIntent,
  { paymentMethod }: StoredPaymentMethod,
  error: Stripe.SetupIntent.LastSetupError,
): void {
  const failed = change(context, intent, {
    status: 'requires_payment_method',
    payment_method: null,
    next_action: null,
    last_setup_error: { ...error, payment_method: paymentMethod },
  })
  context.emit('setup_intent.setup_failed', failed)
}

function change(
  { state }: SandboxContext,
  intent: StoredSetupIntent,
  changes: Partial<StoredSetupIntent>,
): StoredSetupIntent {
  const changed = { ...intent, ...changes }
  state.setupIntents.put(changed)
  return changed
}
