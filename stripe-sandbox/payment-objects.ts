/** Every member of what a payment leaves behind, so that a new SDK whose shape has drifted does not compile. */
import type { Stripe } from 'stripe'
import type {
  SandboxInvoice,
  StoredCharge,
  StoredInvoicePayment,
  StoredPaymentIntent,
  StoredPaymentMethod,
} from './sandbox-state.ts'

type Given = {
  readonly id: string
  readonly now: number
  readonly invoice: SandboxInvoice
  readonly amount: number
}

export function paymentIntent({ id, now, invoice, amount }: Given): StoredPaymentIntent {
  return {
    id,
    object: 'payment_intent',
    allowed_payment_method_types: null,
    amount,
    amount_capturable: 0,
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_sandbox`,
    confirmation_method: 'automatic',
    created: now,
    currency: invoice.currency,
    customer: invoice.customer,
    customer_account: null,
    description: invoice.number === null ? null : `Invoice ${invoice.number}`,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: null,
    payment_method_types: invoice.payment_settings.payment_method_types ?? ['card'],
    payment_record: null,
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: 'requires_payment_method',
    transfer_data: null,
    transfer_group: null,
  }
}

export function invoicePayment(
  { id, now, invoice, amount }: Given,
  payment: StoredInvoicePayment['payment'],
  isDefault: boolean,
): StoredInvoicePayment {
  return {
    id,
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: amount,
    created: now,
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: isDefault,
    livemode: false,
    payment,
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  }
}

export function charge(
  { id, now, invoice, amount }: Given,
  intentId: string,
  { paymentMethod }: StoredPaymentMethod,
  hasSucceeded: boolean,
): StoredCharge {
  const failure = hasSucceeded ? null : { code: 'card_declined', message: 'Your card was declined.' }
  return {
    id,
    object: 'charge',
    amount,
    amount_captured: hasSucceeded ? amount : 0,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: paymentMethod.billing_details,
    calculated_statement_descriptor: null,
    captured: hasSucceeded,
    created: now,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.number === null ? null : `Invoice ${invoice.number}`,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    fraud_details: null,
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    outcome: outcomeOf(hasSucceeded),
    paid: hasSucceeded,
    payment_intent: intentId,
    payment_method: paymentMethod.id,
    payment_method_details: { type: 'card', card: chargedCard(paymentMethod, amount) },
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: hasSucceeded ? 'succeeded' : 'failed',
    transfer_data: null,
    transfer_group: null,
  }
}

function outcomeOf(hasSucceeded: boolean): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: hasSucceeded ? 'approved_by_network' : 'declined_by_network',
    reason: hasSucceeded ? null : 'generic_decline',
    risk_level: 'normal',
    seller_message: hasSucceeded ? 'Payment complete.' : 'The bank did not return any further details.',
    type: hasSucceeded ? 'authorized' : 'issuer_declined',
  }
}

function chargedCard(
  { card }: StoredPaymentMethod['paymentMethod'],
  amount: number,
): Stripe.Charge.PaymentMethodDetails.Card {
  return {
    amount_authorized: amount,
    authorization_code: null,
    brand: card?.brand ?? null,
    checks: card?.checks ?? null,
    country: card?.country ?? null,
    electronic_commerce_indicator: null,
    exp_month: card?.exp_month ?? 12,
    exp_year: card?.exp_year ?? 2040,
    fingerprint: card?.fingerprint ?? null,
    funding: card?.funding ?? null,
    installments: null,
    last4: card?.last4 ?? null,
    mandate: null,
    network: card?.brand ?? null,
    network_transaction_id: null,
    regulated_status: card?.regulated_status ?? null,
    three_d_secure: null,
    transaction_link_id: null,
    wallet: null,
  }
}
