/** The ledger's tables as Kysely sees them. The SQL in `migrations/ledger/` is the truth; a test compares columns. */
import type { ColumnType, Generated } from 'kysely'
import type { DocumentTables } from './document-tables.ts'
import type { StripeTables } from './stripe-tables.ts'
import type { WebhookTables } from './webhook-tables.ts'

/** Written as bigint or number, always read as bigint. */
type Integer = ColumnType<bigint, bigint | number, bigint | number>

type MailState = 'waiting' | 'sent' | 'failed' | 'bounced'

type TablesElsewhere = DocumentTables & StripeTables & WebhookTables

export type LedgerTables = TablesElsewhere & {
  manufacturers: {
    id: string
    name: string
    invoice_prefix: string
    stripe_key_encrypted: Uint8Array | null
    stripe_webhook_secret_encrypted: Uint8Array | null
    created_at: number
    currency: ColumnType<string, string | undefined, string>
    time_zone: ColumnType<string, string | undefined, string>
    languages: ColumnType<string, string | undefined, string>
    seller: string | null
    mail_sender: string | null
    stripe_mode: 'test' | 'live' | null
    stripe_account_id: Generated<string | null>
    stripe_previous_webhook_secret_encrypted: Generated<Uint8Array | null>
    stripe_previous_webhook_secret_until_at: Generated<number | null>
    stripe_events_read_at: Generated<number | null>
    has_digest: ColumnType<bigint, 0 | 1 | undefined, 0 | 1>
    digest_due_at: number | null
    payment_term_days: ColumnType<bigint, number | undefined, number>
    /** JSON: days after the due day. */
    reminder_days: ColumnType<string, string | undefined, string>
  }
  api_keys: {
    id: string
    manufacturer_id: string
    label: string
    key_hash: string
    created_at: number
    revoked_at: number | null
    scopes: string | null
    expires_at: number | null
    last_used_at: number | null
  }
  people: {
    id: string
    email: string
    name: string
    language: ColumnType<'en' | 'de', 'en' | 'de' | undefined, 'en' | 'de'>
    is_email_verified: ColumnType<bigint, 0 | 1 | undefined, 0 | 1>
    image: string | null
    last_sign_in_at: number | null
    created_at: string
    updated_at: string
  }
  memberships: {
    id: string
    person_id: string
    role: string
    manufacturer_id: string | null
    customer_id: string | null
    invited_name: string
    invited_at: number
    accepted_at: number | null
    removed_at: number | null
  }
  sessions: {
    id: string
    person_id: string
    token: string
    active_membership_id: string | null
    ip_address: string | null
    user_agent: string | null
    expires_at: string
    created_at: string
    updated_at: string
  }
  accounts: {
    id: string
    person_id: string
    account_id: string
    provider_id: string
    password: string
    created_at: string
    updated_at: string
  }
  verifications: {
    id: string
    identifier: string
    value: string
    expires_at: string
    created_at: string
    updated_at: string
  }
  sign_in_links: {
    token_hash: string
    membership_id: string
    created_at: number
    expires_at: number
    used_at: number | null
  }
  customers: {
    id: string
    manufacturer_id: string
    name: string
    email: string
    created_at: number
    legal_name: string | null
    tax_id: string | null
    purchase_order_number: string | null
    language: ColumnType<'en' | 'de', 'en' | 'de' | undefined, 'en' | 'de'>
    currency: string | null
    billing_emails: ColumnType<string, string | undefined, string>
    address: string | null
    reference: string | null
    tax_status: 'standard' | 'reverse_charge' | 'exempt' | null
    tax_exemption_reason: string | null
    tax_place: string | null
    collection_method: Generated<'charge_automatically' | 'send_invoice'>
  }
  tax_rates: {
    id: string
    manufacturer_id: string
    place: string
    category: string
    percent: string
    kind: 'standard' | 'reduced' | 'zero' | 'exempt'
    code: 'S' | 'Z' | 'E' | 'AE' | 'O' | 'G'
    note: string | null
    from_on: string
    to_on: string | null
    used_until_on: string | null
    created_at: number
  }
  tariffs: { id: string; manufacturer_id: string; name: string; created_at: number }
  tariff_versions: {
    tariff_id: string
    id: string
    effective_at: number
    document: string
    created_at: number
    running_from_at: number | null
  }
  contracts: {
    id: string
    manufacturer_id: string
    customer_id: string
    tariff_id: string
    time_zone: string
    anchor_on: string
    cadence_unit: 'day' | 'week' | 'month' | 'year'
    cadence_count: Integer
    starts_at: number
    ends_at: number | null
    created_at: number
    reference: string | null
  }
  contract_tariffs: {
    no: Generated<bigint>
    contract_id: string
    tariff_id: string
    from_at: number
    created_at: number
  }
  contract_zones: {
    no: Generated<bigint>
    contract_id: string
    time_zone: string
    from_at: number
    created_at: number
  }
  contract_pauses: {
    no: Generated<bigint>
    contract_id: string
    from_at: number
    to_at: number | null
    reason: string
    created_at: number
  }
  assignments: {
    id: string
    contract_id: string
    device_id: string
    from_at: number
    to_at: number | null
    created_at: number
  }
  number_series: { manufacturer_id: string; next_number: Integer }
  invoices: {
    id: string
    manufacturer_id: string
    customer_id: string
    contract_id: string
    /** The bill of periods, or what came late for a contract that has ended. */
    kind: Generated<'period' | 'final'>
    number: string | null
    status: 'draft' | 'issued' | 'paid' | 'void' | 'uncollectible'
    status_reason: Generated<string | null>
    replaces_id: Generated<string | null>
    currency: string
    period_from_at: number
    period_to_at: number
    cutoff_at: number
    prices: Generated<'net' | 'gross'>
    tax_minor: ColumnType<bigint, bigint | undefined, bigint>
    /** With tax: what is to be paid. */
    total_minor: Integer
    /** Civil date in the contract's zone. */
    due_on: Generated<string | null>
    created_at: number
    issued_at: number | null
    paid_at: number | null
  }
  invoice_lines: {
    invoice_id: string
    position: Integer
    item_id: string
    description: string
    quantity: string
    unit: string
    /** Null where no single price explains the amount. */
    unit_price: string | null
    tax_category: string
    unrounded_amount: string
    amount_minor: Integer
    explanation: string
    /** Null where it is that of the whole invoice. */
    period_from_at: Generated<number | null>
    period_to_at: Generated<number | null>
    corrects_id: Generated<string | null>
  }
  invoice_taxes: {
    invoice_id: string
    position: Integer
    code: 'S' | 'Z' | 'E' | 'AE' | 'O' | 'G'
    percent: string
    net_minor: Integer
    tax_minor: Integer
    detail: string
  }
  credit_note_series: { manufacturer_id: string; next_number: Integer }
  manual_lines: {
    id: string
    manufacturer_id: string
    contract_id: string
    description: string
    amount_minor: Integer
    currency: string
    tax_category: string
    reason: string
    made_by: string
    created_at: number
    removed_at: number | null
    /** Of a void invoice it counts for nothing. */
    invoice_id: string | null
  }
  credited_corrections: { credit_note_id: string; position: Integer; corrects_id: string; line: string }
  carried_periods: {
    contract_id: string
    period_from_at: number
    period_to_at: number
    total_minor: Integer
    currency: string
    carried_at: number
  }
  late_periods: { no: Generated<bigint>; invoice_id: string; noticed_at: number }
  invoice_payments: {
    id: string
    invoice_id: string
    amount_minor: Integer
    currency: string
    /** Civil date; null of a reversal, as is `method`. */
    received_on: string | null
    method: 'bank_transfer' | 'cash' | 'card' | 'other' | null
    reference: string | null
    reverses_id: string | null
    reason: string | null
    actor_kind: 'person' | 'api_key' | 'system'
    actor_id: string
    actor_name: string
    created_at: number
  }
  invoice_reminders: {
    invoice_id: string
    level: Integer
    open_minor: Integer
    mail_count: Integer
    reminded_at: number
  }
  invoice_inputs: {
    invoice_id: string
    format_version: Integer
    /** Deflated JSON. */
    content: Uint8Array
  }
  idempotency_keys: {
    actor_id: string
    key: string
    request_hash: string
    status: ColumnType<bigint | null, bigint | number | undefined, bigint | number | null>
    answer: string | null
    location: string | null
    created_at: number
    made_id: string | null
  }
  audit_entries: {
    no: Integer
    occurred_at: number
    manufacturer_id: string | null
    actor_kind: 'person' | 'api_key' | 'system'
    actor_id: string
    actor_name: string
    action: string
    subject_kind: string
    subject_id: string
    before: string | null
    after: string | null
    reason: string | null
    source: string | null
    previous_hash: string
    hash: string
  }
  jobs: {
    name: string
    last_due_at: number
    last_started_at: number | null
    last_finished_at: number | null
    last_outcome: 'done' | 'failed' | null
    last_detail: string | null
    held_by: string | null
    held_until_at: number | null
  }
  mails: {
    id: Generated<bigint>
    manufacturer_id: string | null
    template: string
    language: 'en' | 'de'
    to_address: string
    to_name: string | null
    subject: string
    data: string | null
    is_secret: Integer
    cause: string | null
    message_id: string | null
    body_text: string | null
    body_html: string | null
    bounce_key: string | null
    state: ColumnType<MailState, MailState | undefined, MailState>
    attempts: ColumnType<bigint, bigint | number | undefined, bigint | number>
    give_up_at: number
    next_attempt_at: number | null
    sent_at: number | null
    problem: string | null
    created_at: number
    failed_at: number | null
    document_id: Generated<string | null>
  }
}
