/** Every member of what a payment leaves behind, so that a new SDK whose shape has drifted does not compile. */
import type { Stripe } from 'stripe'
import type {
  SandboxInvoice,
  StoredCharge,
  StoredInvoicePayment,
  StoredPaymentIntent,
  StoredPaymentMethod,
} from './sandbox-state.ts'

/** What the merchant has turned on, for a currency. A debit is in euros. */
export function methodTypesOf(currency: string | undefined): MethodType[] {
  return currency === undefined || currency === 'eur' ? ['card', 'sepa_debit'] : ['card']
}

export const methodTypes = ['card', 'sepa_debit'] as const
export type MethodType = (typeof methodTypes)[number]

/** A debit is pending until the bank says more. */
export type ChargeResult =
  | { readonly status: 'succeeded' | 'pending' }
  | { readonly status: 'failed'; readonly code: string; readonly message: string }

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
    payment_method_types: invoice.payment_settings.payment_method_types ?? methodTypesOf(invoice.currency),
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
  { paymentMethod, mandate }: StoredPaymentMethod,
  result: ChargeResult,
): StoredCharge {
  return {
    id,
    object: 'charge',
    amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: paymentMethod.billing_details,
    calculated_statement_descriptor: null,
    created: now,
    currency: invoice.currency,
    customer: invoice.customer,
    description: invoice.number === null ? null : `Invoice ${invoice.number}`,
    disputed: false,
    failure_balance_transaction: null,
    fraud_details: null,
    livemode: false,
    metadata: {},
    on_behalf_of: null,
    payment_intent: intentId,
    payment_method: paymentMethod.id,
    payment_method_details:
      paymentMethod.sepa_debit === undefined
        ? { type: 'card', card: chargedCard(paymentMethod, amount) }
        : { type: 'sepa_debit', sepa_debit: debitedAccount(paymentMethod.sepa_debit, mandate) },
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
    transfer_data: null,
    transfer_group: null,
    ...resultOf(result, amount),
  }
}

/** What of a charge follows from its result. */
export function resultOf(result: ChargeResult, amount: number) {
  const { status } = result
  const isTaken = status === 'succeeded'
  const failure = status === 'failed' ? result : undefined
  return {
    amount_captured: isTaken ? amount : 0,
    captured: failure === undefined,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    outcome: outcomeOf(failure === undefined),
    paid: isTaken,
    status,
  } satisfies Partial<Stripe.Charge>
}

function outcomeOf(isApproved: boolean): Stripe.Charge.Outcome {
  return {
    advice_code: null,
    network_advice_code: null,
    network_decline_code: null,
    network_status: isApproved ? 'approved_by_network' : 'declined_by_network',
    reason: isApproved ? null : 'generic_decline',
    risk_level: 'normal',
    seller_message: isApproved ? 'Payment complete.' : 'The bank did not return any further details.',
    type: isApproved ? 'authorized' : 'issuer_declined',
  }
}

function debitedAccount(
  { bank_code, branch_code, country, fingerprint, last4 }: Stripe.PaymentMethod.SepaDebit,
  mandate: string | undefined,
): Stripe.Charge.PaymentMethodDetails.SepaDebit {
  return { bank_code, branch_code, country, fingerprint, last4, mandate: mandate ?? null }
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
