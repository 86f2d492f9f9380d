/** The ledger's tables of what Stripe is told and says, as `ledger-tables.ts` has the others. */
import type { ColumnType, Generated, GeneratedAlways } from 'kysely'

/** Written as bigint or number, always read as bigint. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>

/** What can be told to Stripe; those that let others begin come first. */
export const outboxStepNames = [
  'create_customer',
  'update_customer',
  'set_payment_method',
  'create_invoice',
  'add_lines',
  'finalize_invoice',
  'report_payment',
  'start_collection',
  'void_invoice',
  'pay_out_of_band',
  'mark_uncollectible',
  'delete_draft',
  'delete_spare_draft',
  'create_credit_note',
  'refund_payment',
] as const

export type StripeTables = {
  stripe_customers: {
    customer_id: string
    stripe_customer_id: string
    adopted_at: number
    details_hash: Generated<string | null>
    /** JSON of what Stripe charges by default. */
    payment_method: Generated<string | null>
    checked_at: Generated<number | null>
  }
  stripe_invoices: { invoice_id: string; stripe_invoice_id: string; adopted_at: number }
  stripe_left_invoices: {
    invoice_id: string
    stripe_invoice_id: string
    account_id: string | null
    mode: 'test' | 'live'
    status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible' | 'gone' | null
    left_at: number
  }
  stripe_credit_notes: { credit_note_id: string; stripe_credit_note_id: string; adopted_at: number }
  outbox_steps: {
    id: Generated<bigint>
    manufacturer_id: string
    customer_id: string
    invoice_id: string | null
    credit_note_id: string | null
    /** The credit note, else the invoice, else the customer. */
    subject_id: GeneratedAlways<string>
    step: (typeof outboxStepNames)[number]
    generation: Integer
    idempotency_key: string
    api_version: string
    parameters: string | null
    state: 'waiting' | 'done' | 'superseded' | 'parked'
    /** Requests that may have been sent. */
    attempts: ColumnType<bigint, bigint | number | undefined, bigint | number>
    first_attempt_at: number | null
    next_attempt_at: number
    /** How often it had to wait, for whatever reason. */
    postponements: ColumnType<bigint, bigint | number | undefined, bigint | number>
    problem: string | null
    /** JSON: the code and the facts of `problem`; null of rows that are older than this column. */
    problem_reason: Generated<string | null>
    created_at: number
    done_at: number | null
  }
  stripe_payment_records: { payment_id: string; stripe_payment_record_id: string; adopted_at: number }
  stripe_payment_states: {
    invoice_id: string
    status: 'draft' | 'open' | 'paid' | 'void' | 'uncollectible' | 'gone'
    collected_minor: Integer
    refunded_minor: Integer
    remaining_minor: Integer
    attempt_count: Integer
    next_attempt_at: number | null
    problem: 'failed' | 'requires_action' | null
    problem_code: string | null
    dispute: 'open' | 'won' | 'lost' | null
    disputed_minor: Integer
    pay_url: string | null
    /** 1 while a payment is under way that takes days. */
    is_processing: ColumnType<bigint, bigint | number | undefined, bigint | number>
    checked_at: number
  }
  stripe_refunds: {
    id: string
    invoice_id: string
    amount_minor: Integer
    currency: string
    status: 'pending' | 'requires_action' | 'succeeded' | 'failed' | 'canceled'
    created_at: number
    checked_at: number
  }
  stripe_events: {
    manufacturer_id: string
    id: string
    event_type: string
    about_kind: 'invoice' | 'payment' | 'customer' | 'checkout'
    stripe_object_id: string
    received_at: number
    processed_at: number | null
    problem: string | null
  }
}
