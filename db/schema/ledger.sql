CREATE INDEX api_keys_by_manufacturer ON api_keys (manufacturer_id, id);

CREATE INDEX assignments_by_contract ON assignments (contract_id);

CREATE INDEX assignments_by_device ON assignments (device_id, from_at);

CREATE INDEX audit_entries_by_manufacturer ON audit_entries (manufacturer_id, no);

CREATE INDEX audit_entries_by_subject ON audit_entries (subject_kind, subject_id, no);

CREATE INDEX contract_pauses_by_contract ON contract_pauses (contract_id, from_at);

CREATE INDEX contract_tariffs_by_contract ON contract_tariffs (contract_id, from_at);

CREATE INDEX contract_tariffs_by_tariff ON contract_tariffs (tariff_id, contract_id);

CREATE INDEX contract_zones_by_contract ON contract_zones (contract_id, from_at);

CREATE INDEX contracts_by_customer ON contracts (customer_id);

CREATE INDEX contracts_by_manufacturer ON contracts (manufacturer_id, id);

CREATE UNIQUE INDEX contracts_by_reference ON contracts (manufacturer_id, reference) WHERE reference IS NOT NULL;

CREATE INDEX contracts_by_start ON contracts (manufacturer_id, starts_at, id);

CREATE INDEX credit_notes_by_customer ON credit_notes (customer_id, created_at, id);

CREATE INDEX credit_notes_by_invoice ON credit_notes (invoice_id);

CREATE INDEX credit_notes_by_manufacturer ON credit_notes (manufacturer_id, created_at, id);

CREATE INDEX credit_notes_by_number ON credit_notes (manufacturer_id, coalesce(number, ''), id);

CREATE INDEX credit_notes_by_total ON credit_notes (manufacturer_id, total_minor, id);

CREATE INDEX credited_corrections_by_invoice ON credited_corrections (corrects_id);

CREATE INDEX customers_by_age ON customers (manufacturer_id, created_at, id);

CREATE INDEX customers_by_manufacturer ON customers (manufacturer_id, id);

CREATE INDEX customers_by_name ON customers (manufacturer_id, lower(name), id);

CREATE UNIQUE INDEX customers_by_reference ON customers (manufacturer_id, reference) WHERE reference IS NOT NULL;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE INDEX invoice_lines_by_corrected ON invoice_lines (corrects_id) WHERE corrects_id IS NOT NULL;

CREATE INDEX invoice_payments_by_invoice ON invoice_payments (invoice_id, created_at, id);

CREATE INDEX invoices_by_contract ON invoices (contract_id, created_at, id);

CREATE INDEX invoices_by_customer ON invoices (customer_id, period_from_at);

CREATE INDEX invoices_by_due_day ON invoices (manufacturer_id, due_on) WHERE status = 'issued' AND due_on IS NOT NULL;

CREATE INDEX invoices_by_issue ON invoices (manufacturer_id, issued_at) WHERE issued_at IS NOT NULL;

CREATE INDEX invoices_by_manufacturer ON invoices (manufacturer_id, created_at, id);

CREATE INDEX invoices_by_number ON invoices (manufacturer_id, coalesce(number, ''), id);

CREATE UNIQUE INDEX invoices_by_period ON invoices (contract_id, period_from_at)
WHERE kind = 'period' AND status <> 'void';

CREATE INDEX invoices_by_total ON invoices (manufacturer_id, total_minor, id);

CREATE INDEX issued_documents_waiting ON issued_documents (created_at, id) WHERE state = 'waiting';

CREATE INDEX late_periods_by_invoice ON late_periods (invoice_id, no);

CREATE UNIQUE INDEX mails_by_cause ON mails (cause, to_address) WHERE cause IS NOT NULL;

CREATE INDEX mails_by_manufacturer ON mails (manufacturer_id, id);

CREATE INDEX mails_failed ON mails (manufacturer_id, failed_at) WHERE failed_at IS NOT NULL;

CREATE INDEX mails_waiting ON mails (next_attempt_at) WHERE state = 'waiting';

CREATE INDEX manual_lines_by_contract ON manual_lines (contract_id, created_at, id);

CREATE INDEX manual_lines_by_invoice ON manual_lines (invoice_id) WHERE invoice_id IS NOT NULL;

CREATE INDEX memberships_by_manufacturer ON memberships (manufacturer_id, id);

CREATE UNIQUE INDEX memberships_once ON memberships (person_id, coalesce(manufacturer_id, ''), coalesce(customer_id, ''))
WHERE removed_at IS NULL;

CREATE INDEX outbox_steps_by_invoice ON outbox_steps (invoice_id, id) WHERE invoice_id IS NOT NULL;

CREATE UNIQUE INDEX outbox_steps_by_subject ON outbox_steps (subject_id, step, generation);

CREATE INDEX outbox_steps_parked ON outbox_steps (manufacturer_id, id) WHERE state = 'parked';

CREATE UNIQUE INDEX outbox_steps_wait_one_by_one ON outbox_steps (subject_id)
WHERE state = 'waiting' AND step NOT IN ('delete_spare_draft', 'set_payment_method');

CREATE INDEX outbox_steps_waiting ON outbox_steps (step, next_attempt_at, id) WHERE state = 'waiting';

CREATE INDEX sessions_by_person ON sessions (person_id);

CREATE INDEX sign_in_links_by_membership ON sign_in_links (membership_id);

CREATE INDEX stripe_events_processed ON stripe_events (processed_at) WHERE processed_at IS NOT NULL;

CREATE INDEX stripe_events_waiting ON stripe_events (manufacturer_id, received_at) WHERE processed_at IS NULL;

CREATE INDEX stripe_refunds_by_invoice ON stripe_refunds (invoice_id);

CREATE INDEX tariffs_by_manufacturer ON tariffs (manufacturer_id, id);

CREATE INDEX tariffs_by_name ON tariffs (manufacturer_id, lower(name), id);

CREATE UNIQUE INDEX tax_rates_by_day ON tax_rates (manufacturer_id, place, category, from_on)
WHERE to_on IS NULL OR to_on > from_on;

CREATE INDEX webhook_attempts_by_delivery ON webhook_attempts (delivery_id, id);

CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, id);

CREATE UNIQUE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id, endpoint_id);

CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (endpoint_id, next_attempt_at) WHERE state = 'waiting';

CREATE INDEX webhook_endpoints_by_manufacturer ON webhook_endpoints (manufacturer_id, id);

CREATE INDEX webhook_events_by_age ON webhook_events (occurred_at);

CREATE INDEX webhook_events_by_manufacturer ON webhook_events (manufacturer_id, occurred_at, id);

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  account_id TEXT NOT NULL,
  provider_id TEXT NOT NULL CHECK (provider_id = 'credential'),
  password TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (person_id, provider_id)
) STRICT;

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  label TEXT NOT NULL,
  key_hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  revoked_at INTEGER
, scopes TEXT CHECK (scopes IS NULL OR json_valid(scopes)), expires_at INTEGER, last_used_at INTEGER) STRICT;

CREATE TABLE assignments (
  id TEXT PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  device_id TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER CHECK (to_at > from_at),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_entries (
  no INTEGER PRIMARY KEY CHECK (no >= 1),
  occurred_at INTEGER NOT NULL,
  -- Absent for what concerns the installation.
  manufacturer_id TEXT REFERENCES manufacturers (id),
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'api_key', 'system')),
  actor_id TEXT NOT NULL CHECK (actor_id <> ''),
  actor_name TEXT NOT NULL,
  action TEXT NOT NULL CHECK (action <> ''),
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  before TEXT CHECK (before IS NULL OR json_valid(before)),
  after TEXT CHECK (after IS NULL OR json_valid(after)),
  reason TEXT,
  -- Where an entry was copied from ("metering:17"), so that it is copied once.
  source TEXT UNIQUE,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64)
) STRICT;

CREATE TABLE carried_periods (
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  period_from_at INTEGER NOT NULL,
  period_to_at INTEGER NOT NULL CHECK (period_to_at > period_from_at),
  -- What the bill came to when it was carried, with what had been carried into it. The next bill is rated anew.
  total_minor INTEGER NOT NULL CHECK (total_minor > 0),
  currency TEXT NOT NULL,
  carried_at INTEGER NOT NULL,
  PRIMARY KEY (contract_id, period_from_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE contract_pauses (
  no INTEGER PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  from_at INTEGER NOT NULL,
  to_at INTEGER CHECK (to_at >= from_at),
  reason TEXT NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contract_tariffs (
  no INTEGER PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  tariff_id TEXT NOT NULL REFERENCES tariffs (id),
  from_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contract_zones (
  no INTEGER PRIMARY KEY,
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  time_zone TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contracts (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  tariff_id TEXT NOT NULL REFERENCES tariffs (id),
  time_zone TEXT NOT NULL,
  anchor_on TEXT NOT NULL,
  cadence_unit TEXT NOT NULL CHECK (cadence_unit IN ('day', 'week', 'month', 'year')),
  cadence_count INTEGER NOT NULL CHECK (cadence_count >= 1),
  starts_at INTEGER NOT NULL,
  ends_at INTEGER CHECK (ends_at > starts_at),
  created_at INTEGER NOT NULL
, reference TEXT CHECK (reference <> '')) STRICT;

CREATE TABLE credit_note_lines (
  credit_note_id TEXT NOT NULL REFERENCES credit_notes (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  -- The line of the invoice that is given back, or a part of it; a line of its own text names none.
  invoice_position INTEGER,
  item_id TEXT,
  description TEXT NOT NULL CHECK (description <> ''),
  tax_category TEXT NOT NULL CHECK (tax_category <> ''),
  amount_minor INTEGER NOT NULL,
  -- The service period where it is not that of the whole invoice.
  period_from_at INTEGER,
  period_to_at INTEGER CHECK (period_to_at > period_from_at),
  PRIMARY KEY (credit_note_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit_note_series (
  manufacturer_id TEXT PRIMARY KEY REFERENCES manufacturers (id),
  next_number INTEGER NOT NULL CHECK (next_number >= 1)
) STRICT;

CREATE TABLE credit_note_taxes (
  credit_note_id TEXT NOT NULL REFERENCES credit_notes (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  code TEXT NOT NULL CHECK (code IN ('S', 'Z', 'E', 'AE', 'O', 'G')),
  percent TEXT NOT NULL CHECK (percent <> ''),
  net_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  PRIMARY KEY (credit_note_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE credit_notes (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  -- 'correction': usage that became known later; 'cancellation': what was not owed; 'goodwill': what was owed and is given.
  kind TEXT NOT NULL CHECK (kind IN ('correction', 'goodwill', 'cancellation')),
  number TEXT,
  reason TEXT NOT NULL CHECK (reason <> ''),
  currency TEXT NOT NULL,
  -- Whether the amounts of the lines are before tax or hold it; as on the invoice.
  prices TEXT NOT NULL CHECK (prices IN ('net', 'gross')),
  tax_minor INTEGER NOT NULL,
  -- With tax: what is given back.
  total_minor INTEGER NOT NULL CHECK (total_minor > 0),
  created_at INTEGER NOT NULL,
  issued_at INTEGER,
  UNIQUE (manufacturer_id, number),
  CHECK ((issued_at IS NULL) = (number IS NULL))
) STRICT;

CREATE TABLE credited_corrections (
  credit_note_id TEXT NOT NULL REFERENCES credit_notes (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  corrects_id TEXT NOT NULL REFERENCES invoices (id),
  line TEXT NOT NULL CHECK (json_valid(line)),
  PRIMARY KEY (credit_note_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  created_at INTEGER NOT NULL
, legal_name TEXT, tax_id TEXT, purchase_order_number TEXT, language TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de')), currency TEXT CHECK (length(currency) = 3), billing_emails TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(billing_emails)), address TEXT CHECK (address IS NULL OR json_valid(address)), reference TEXT CHECK (reference <> ''), tax_status TEXT CHECK (tax_status IN ('standard', 'reverse_charge', 'exempt')), tax_exemption_reason TEXT
  CHECK (tax_exemption_reason <> '' AND (tax_status IS 'exempt') = (tax_exemption_reason IS NOT NULL)), tax_place TEXT
  CHECK (tax_place GLOB '[A-Z][A-Z]' OR tax_place GLOB '[A-Z][A-Z]-[A-Z0-9]*'), collection_method TEXT NOT NULL DEFAULT 'charge_automatically'
CHECK (collection_method IN ('charge_automatically', 'send_invoice'))) STRICT;

CREATE TABLE idempotency_keys (
  actor_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL CHECK (length(request_hash) = 64),
  -- Absent while the call is under way.
  status INTEGER CHECK (status BETWEEN 200 AND 399),
  answer TEXT,
  location TEXT,
  created_at INTEGER NOT NULL, made_id TEXT,
  PRIMARY KEY (actor_id, key),
  CHECK (status IS NOT NULL OR (answer IS NULL AND location IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_inputs (
  invoice_id TEXT PRIMARY KEY REFERENCES invoices (id),
  -- Of the JSON in content.
  format_version INTEGER NOT NULL CHECK (format_version >= 1),
  -- Deflated JSON.
  content BLOB NOT NULL CHECK (length(content) > 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE "invoice_lines" (
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  item_id TEXT NOT NULL,
  description TEXT NOT NULL,
  quantity TEXT NOT NULL,
  unit TEXT NOT NULL,
  unit_price TEXT,
  tax_category TEXT NOT NULL,
  unrounded_amount TEXT NOT NULL,
  amount_minor INTEGER NOT NULL,
  explanation TEXT NOT NULL CHECK (json_valid(explanation)), period_from_at INTEGER, period_to_at INTEGER CHECK (period_to_at > period_from_at), corrects_id TEXT REFERENCES invoices (id),
  PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_payments (
  id TEXT PRIMARY KEY,
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  -- The civil day on which the money came; of a reversal none.
  received_on TEXT CHECK (received_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  method TEXT CHECK (method IN ('bank_transfer', 'cash', 'card', 'other')),
  -- What the bank says, or the receipt's number.
  reference TEXT CHECK (reference <> ''),
  -- The payment that this row takes back, and why.
  reverses_id TEXT UNIQUE REFERENCES invoice_payments (id),
  reason TEXT CHECK (reason <> ''),
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'api_key', 'system')),
  actor_id TEXT NOT NULL,
  actor_name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  CHECK ((reverses_id IS NULL) = (reason IS NULL)),
  CHECK ((reverses_id IS NULL) = (received_on IS NOT NULL)),
  CHECK ((reverses_id IS NULL) = (method IS NOT NULL))
) STRICT;

CREATE TABLE invoice_reminders (
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 5),
  -- What was open then.
  open_minor INTEGER NOT NULL CHECK (open_minor > 0),
  -- To how many addresses it went; none if the customer has no address that mail can go to.
  mail_count INTEGER NOT NULL CHECK (mail_count >= 0),
  reminded_at INTEGER NOT NULL,
  PRIMARY KEY (invoice_id, level)
) STRICT, WITHOUT ROWID;

CREATE TABLE invoice_taxes (
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  code TEXT NOT NULL CHECK (code IN ('S', 'Z', 'E', 'AE', 'O', 'G')),
  percent TEXT NOT NULL CHECK (percent <> ''),
  net_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  -- Notes and explanation, and the sentences in each language.
  detail TEXT NOT NULL CHECK (json_valid(detail)),
  PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE "invoices" (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  -- 'period': the bill of one or more periods of the contract; 'final': what came late for a contract that has ended.
  kind TEXT NOT NULL DEFAULT 'period' CHECK (kind IN ('period', 'final')),
  number TEXT,
  status TEXT NOT NULL CHECK (status IN ('draft', 'issued', 'paid', 'void', 'uncollectible')),
  -- Why somebody made it void or wrote it off.
  status_reason TEXT CHECK (status_reason <> ''),
  -- The void invoice that it was issued for anew.
  replaces_id TEXT UNIQUE REFERENCES "invoices" (id),
  currency TEXT NOT NULL,
  period_from_at INTEGER NOT NULL,
  period_to_at INTEGER NOT NULL CHECK (period_to_at > period_from_at),
  cutoff_at INTEGER NOT NULL,
  -- Whether the amounts of the lines are before tax or hold it.
  prices TEXT NOT NULL DEFAULT 'net' CHECK (prices IN ('net', 'gross')),
  tax_minor INTEGER NOT NULL DEFAULT 0,
  -- With tax: what is to be paid.
  total_minor INTEGER NOT NULL,
  -- The last day for paying, in the contract's zone; of an invoice that asks for money.
  due_on TEXT CHECK (due_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  created_at INTEGER NOT NULL,
  issued_at INTEGER,
  paid_at INTEGER,
  UNIQUE (manufacturer_id, number),
  CHECK (status = 'draft' OR (number IS NOT NULL AND issued_at IS NOT NULL)),
  CHECK (status <> 'paid' OR paid_at IS NOT NULL)
) STRICT;

CREATE TABLE issued_documents (
  -- That of the invoice or the credit note.
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  number TEXT NOT NULL CHECK (number <> ''),
  -- All that PDF and XML are made from: they look nothing up.
  content TEXT NOT NULL CHECK (json_valid(content)),
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  problem TEXT CHECK (problem <> ''),
  pdf BLOB,
  xml TEXT,
  created_at INTEGER NOT NULL,
  rendered_at INTEGER,
  CHECK ((state = 'failed') = (problem IS NOT NULL)),
  CHECK ((state = 'done') = (pdf IS NOT NULL)),
  CHECK ((state = 'done') = (xml IS NOT NULL)),
  CHECK ((state = 'done') = (rendered_at IS NOT NULL))
) STRICT;

CREATE TABLE jobs (
  name TEXT PRIMARY KEY,
  -- The newest due instant that a run has taken; at first when the job was seen.
  last_due_at INTEGER NOT NULL,
  last_started_at INTEGER,
  last_finished_at INTEGER,
  last_outcome TEXT CHECK (last_outcome IN ('done', 'failed')),
  last_detail TEXT,
  -- The process that is at it, and when another may take over unless it says again that it lives.
  held_by TEXT,
  held_until_at INTEGER,
  CHECK ((held_by IS NULL) = (held_until_at IS NULL))
) STRICT;

CREATE TABLE late_periods (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  noticed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE "mails" (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Absent for what concerns the installation.
  manufacturer_id TEXT REFERENCES manufacturers (id),
  template TEXT NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('en', 'de')),
  to_address TEXT NOT NULL,
  to_name TEXT,
  subject TEXT NOT NULL,
  -- What it is written from. Of mail that lets somebody in, it is cleared with the text as soon as that is sent or given up.
  data TEXT CHECK (data IS NULL OR json_valid(data)),
  is_secret INTEGER NOT NULL CHECK (is_secret IN (0, 1)),
  -- What it is mailed for ("invoice inv_…"), where nobody may get two mails for the same.
  cause TEXT,
  -- Fixed by the first attempt: every attempt sends the same.
  message_id TEXT UNIQUE,
  body_text TEXT,
  body_html TEXT,
  -- Random; reports of failed delivery name the mail by it, so that nobody can invent one.
  bounce_key TEXT UNIQUE,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'bounced')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- Until when it is tried; counted anew when somebody asks for another attempt.
  give_up_at INTEGER NOT NULL,
  -- Also until when the attempt under way keeps others from it.
  next_attempt_at INTEGER,
  sent_at INTEGER,
  problem TEXT,
  created_at INTEGER NOT NULL, failed_at INTEGER CHECK (failed_at IS NULL OR state IN ('failed', 'bounced')), document_id TEXT REFERENCES issued_documents (id),
  CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL)),
  CHECK (state <> 'sent' OR sent_at IS NOT NULL),
  CHECK (state IN ('sent', 'bounced') OR sent_at IS NULL),
  CHECK (state <> 'waiting' OR data IS NOT NULL),
  CHECK (is_secret = 0 OR state = 'waiting' OR (data IS NULL AND body_text IS NULL AND body_html IS NULL))
) STRICT;

CREATE TABLE manual_lines (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  contract_id TEXT NOT NULL REFERENCES contracts (id),
  description TEXT NOT NULL CHECK (description <> ''),
  -- Before tax, or with it where the prices of the tariff hold it; negative for a reduction.
  amount_minor INTEGER NOT NULL CHECK (amount_minor <> 0),
  currency TEXT NOT NULL,
  tax_category TEXT NOT NULL CHECK (tax_category <> ''),
  reason TEXT NOT NULL CHECK (reason <> ''),
  made_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  removed_at INTEGER,
  invoice_id TEXT REFERENCES invoices (id),
  CHECK (removed_at IS NULL OR invoice_id IS NULL)
) STRICT;

CREATE TABLE manufacturers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  invoice_prefix TEXT NOT NULL,
  stripe_key_encrypted BLOB,
  stripe_webhook_secret_encrypted BLOB,
  created_at INTEGER NOT NULL
, currency TEXT NOT NULL DEFAULT 'EUR' CHECK (length(currency) = 3), time_zone TEXT NOT NULL DEFAULT 'UTC', languages TEXT NOT NULL DEFAULT '["en"]' CHECK (json_valid(languages)), seller TEXT CHECK (seller IS NULL OR json_valid(seller)), mail_sender TEXT CHECK (mail_sender IS NULL OR json_valid(mail_sender)), stripe_mode TEXT CHECK (stripe_mode IN ('test', 'live')), has_digest INTEGER NOT NULL DEFAULT 1 CHECK (has_digest IN (0, 1)), digest_due_at INTEGER, reminder_days TEXT NOT NULL DEFAULT '[7,14,28]'
CHECK (json_valid(reminder_days) AND json_type(reminder_days) = 'array' AND json_array_length(reminder_days) <= 5), payment_term_days INTEGER NOT NULL DEFAULT 14
  CHECK (payment_term_days BETWEEN 0 AND 365), stripe_previous_webhook_secret_encrypted BLOB, stripe_previous_webhook_secret_until_at INTEGER, stripe_events_read_at INTEGER, stripe_account_id TEXT) STRICT;

CREATE TABLE memberships (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  role TEXT NOT NULL,
  manufacturer_id TEXT REFERENCES manufacturers (id),
  customer_id TEXT REFERENCES customers (id),
  -- What the inviter called the person: all that he sees until the invitation is accepted.
  invited_name TEXT NOT NULL,
  invited_at INTEGER NOT NULL,
  accepted_at INTEGER,
  removed_at INTEGER,
  CHECK (
    (role = 'installation_admin' AND manufacturer_id IS NULL AND customer_id IS NULL)
    OR (role IN ('manufacturer_admin', 'operator', 'finance', 'auditor') AND manufacturer_id IS NOT NULL AND customer_id IS NULL)
    OR (role IN ('customer_owner', 'customer_member') AND manufacturer_id IS NOT NULL AND customer_id IS NOT NULL)
  )
) STRICT;

CREATE TABLE migrations (name TEXT PRIMARY KEY, checksum TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE number_series (
  manufacturer_id TEXT PRIMARY KEY REFERENCES manufacturers (id),
  next_number INTEGER NOT NULL CHECK (next_number >= 1)
) STRICT;

CREATE TABLE "outbox_steps" (
  id INTEGER PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  -- Null of a step about the customer itself.
  invoice_id TEXT REFERENCES invoices (id),
  -- Of a step about a credit note of the invoice.
  credit_note_id TEXT REFERENCES credit_notes (id),
  -- What the step is about: the credit note, else the invoice, else the customer.
  subject_id TEXT NOT NULL GENERATED ALWAYS AS (coalesce(credit_note_id, invoice_id, customer_id)) VIRTUAL,
  step TEXT NOT NULL CHECK (
    step IN (
      'create_customer', 'update_customer', 'set_payment_method',
      'create_invoice', 'add_lines', 'finalize_invoice', 'start_collection', 'report_payment', 'pay_out_of_band',
      'mark_uncollectible', 'void_invoice', 'delete_draft', 'delete_spare_draft', 'refund_payment',
      'create_credit_note'
    )
  ),
  generation INTEGER NOT NULL CHECK (generation >= 1),
  idempotency_key TEXT NOT NULL UNIQUE,
  api_version TEXT NOT NULL,
  parameters TEXT CHECK (json_valid(parameters)),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'superseded', 'parked')),
  attempts INTEGER NOT NULL DEFAULT 0,
  first_attempt_at INTEGER,
  next_attempt_at INTEGER NOT NULL,
  postponements INTEGER NOT NULL DEFAULT 0,
  problem TEXT,
  created_at INTEGER NOT NULL,
  done_at INTEGER, problem_reason TEXT CHECK (json_valid(problem_reason)),
  CHECK (attempts = 0 OR (first_attempt_at IS NOT NULL AND parameters IS NOT NULL)),
  CHECK (credit_note_id IS NULL OR invoice_id IS NOT NULL),
  CHECK ((step IN ('create_customer', 'update_customer', 'set_payment_method')) = (invoice_id IS NULL)),
  CHECK ((step = 'create_credit_note') = (credit_note_id IS NOT NULL)),
  CHECK (state <> 'parked' OR problem IS NOT NULL)
) STRICT;

CREATE TABLE people (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE CHECK (email = lower(email) AND email <> ''),
  name TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de')),
  -- Somebody opened a link or gave a code that was sent there.
  is_email_verified INTEGER NOT NULL DEFAULT 0 CHECK (is_email_verified IN (0, 1)),
  image TEXT,
  last_sign_in_at INTEGER,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  -- The cookie is this with a signature, so a copy of the database opens no session.
  token TEXT NOT NULL UNIQUE,
  active_membership_id TEXT REFERENCES memberships (id),
  ip_address TEXT,
  user_agent TEXT,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE sign_in_links (
  token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
  membership_id TEXT NOT NULL REFERENCES memberships (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE stripe_credit_notes (
  credit_note_id TEXT PRIMARY KEY REFERENCES credit_notes (id),
  stripe_credit_note_id TEXT NOT NULL UNIQUE,
  adopted_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stripe_customers (
  customer_id TEXT PRIMARY KEY REFERENCES customers (id),
  stripe_customer_id TEXT NOT NULL UNIQUE,
  adopted_at INTEGER NOT NULL
, details_hash TEXT, payment_method TEXT CHECK (json_valid(payment_method)), checked_at INTEGER) STRICT;

CREATE TABLE "stripe_events" (
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  about_kind TEXT NOT NULL CHECK (about_kind IN ('invoice', 'payment', 'customer', 'checkout')),
  stripe_object_id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  processed_at INTEGER,
  problem TEXT,
  PRIMARY KEY (manufacturer_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE stripe_invoices (
  invoice_id TEXT PRIMARY KEY REFERENCES invoices (id),
  stripe_invoice_id TEXT NOT NULL UNIQUE,
  adopted_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stripe_left_invoices (
  invoice_id TEXT PRIMARY KEY REFERENCES invoices (id),
  stripe_invoice_id TEXT NOT NULL,
  account_id TEXT,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  -- What Stripe last said; null where it was being finalized and did not answer.
  status TEXT CHECK (status IN ('draft', 'open', 'paid', 'void', 'uncollectible', 'gone')),
  left_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stripe_payment_records (
  payment_id TEXT PRIMARY KEY REFERENCES invoice_payments (id),
  stripe_payment_record_id TEXT NOT NULL UNIQUE,
  adopted_at INTEGER NOT NULL
) STRICT;

CREATE TABLE stripe_payment_states (
  invoice_id TEXT PRIMARY KEY REFERENCES invoices (id),
  status TEXT NOT NULL CHECK (status IN ('draft', 'open', 'paid', 'void', 'uncollectible', 'gone')),
  -- What was collected at Stripe, before anything was refunded; what is out of band is none of it.
  collected_minor INTEGER NOT NULL CHECK (collected_minor >= 0),
  refunded_minor INTEGER NOT NULL CHECK (refunded_minor >= 0),
  remaining_minor INTEGER NOT NULL CHECK (remaining_minor >= 0),
  attempt_count INTEGER NOT NULL CHECK (attempt_count >= 0),
  next_attempt_at INTEGER,
  -- Why it is not paid, if a payment was tried.
  problem TEXT CHECK (problem IN ('failed', 'requires_action')),
  problem_code TEXT,
  -- A payment that the bank calls back.
  dispute TEXT CHECK (dispute IN ('open', 'won', 'lost')),
  disputed_minor INTEGER NOT NULL DEFAULT 0 CHECK (disputed_minor >= 0),
  -- Where the customer pays.
  pay_url TEXT,
  checked_at INTEGER NOT NULL
, is_processing INTEGER NOT NULL DEFAULT 0 CHECK (is_processing IN (0, 1))) STRICT;

CREATE TABLE stripe_refunds (
  id TEXT PRIMARY KEY,
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled')),
  created_at INTEGER NOT NULL,
  checked_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tariff_versions (
  tariff_id TEXT NOT NULL REFERENCES tariffs (id),
  id TEXT NOT NULL,
  effective_at INTEGER NOT NULL,
  document TEXT NOT NULL CHECK (json_valid(document)),
  created_at INTEGER NOT NULL, running_from_at INTEGER CHECK (running_from_at >= effective_at),
  PRIMARY KEY (tariff_id, id),
  UNIQUE (tariff_id, effective_at)
) STRICT;

CREATE TABLE tariffs (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE tax_rates (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  -- ISO 3166: "DE", or a part of a country, "ES-CN".
  place TEXT NOT NULL CHECK (place GLOB '[A-Z][A-Z]' OR place GLOB '[A-Z][A-Z]-[A-Z0-9]*'),
  category TEXT NOT NULL CHECK (category NOT IN ('', 'outside')),
  percent TEXT NOT NULL CHECK (percent <> ''),
  kind TEXT NOT NULL,
  code TEXT NOT NULL,
  note TEXT CHECK (note <> ''),
  from_on TEXT NOT NULL CHECK (from_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
  to_on TEXT CHECK (to_on GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' AND to_on >= from_on),
  -- The last day that an issued invoice was taxed for by this row.
  used_until_on TEXT CHECK (used_until_on >= from_on AND (to_on IS NULL OR used_until_on < to_on)),
  created_at INTEGER NOT NULL,
  CHECK (
    (kind IN ('standard', 'reduced') AND code = 'S' AND percent <> '0')
    OR (kind = 'zero' AND code = 'Z' AND percent = '0')
    OR (kind = 'exempt' AND code IN ('E', 'AE', 'O', 'G') AND percent = '0' AND note IS NOT NULL)
  )
) STRICT;

CREATE TABLE verifications (
  id TEXT PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  value TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE webhook_attempts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  attempted_at INTEGER NOT NULL,
  took_ms INTEGER NOT NULL CHECK (took_ms >= 0),
  status INTEGER,
  problem TEXT,
  -- How the answer began.
  answer TEXT
, problem_reason TEXT CHECK (json_valid(problem_reason))) STRICT;

CREATE TABLE webhook_cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL REFERENCES webhook_events (id) ON DELETE CASCADE,
  endpoint_id TEXT NOT NULL REFERENCES webhook_endpoints (id),
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  -- Since it was begun or last asked for again; the log has all of them.
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- Also until when the attempt under way keeps others from it.
  next_attempt_at INTEGER,
  last_status INTEGER,
  problem TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER, problem_reason TEXT CHECK (json_valid(problem_reason)),
  CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL)),
  CHECK ((state = 'waiting') = (ended_at IS NULL))
) STRICT;

CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  url TEXT NOT NULL CHECK (url <> ''),
  description TEXT NOT NULL,
  -- JSON list of the types that are sent there; null for every one, also those that come later.
  event_types TEXT CHECK (event_types IS NULL OR json_valid(event_types)),
  state TEXT NOT NULL DEFAULT 'on' CHECK (state IN ('on', 'off')),
  off_reason TEXT CHECK (off_reason IN ('by_hand', 'gone', 'failing', 'removed')),
  off_at INTEGER,
  secret_encrypted BLOB NOT NULL,
  previous_secret_encrypted BLOB,
  -- The previous secret signs too until then.
  previous_secret_until_at INTEGER,
  -- Of the first attempt that failed since one succeeded.
  failing_since_at INTEGER,
  created_at INTEGER NOT NULL,
  CHECK ((state = 'off') = (off_reason IS NOT NULL)),
  CHECK ((state = 'off') = (off_at IS NOT NULL)),
  CHECK ((previous_secret_encrypted IS NULL) = (previous_secret_until_at IS NULL))
) STRICT;

CREATE TABLE webhook_events (
  id TEXT PRIMARY KEY,
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  type TEXT NOT NULL CHECK (type <> ''),
  subject_id TEXT NOT NULL CHECK (subject_id <> ''),
  occurred_at INTEGER NOT NULL,
  -- The body of every delivery, byte for byte.
  payload TEXT NOT NULL CHECK (json_valid(payload)),
  -- The place in another database that it was copied from.
  source TEXT UNIQUE
) STRICT;

CREATE TRIGGER assignments_do_not_grow_into_another BEFORE UPDATE ON assignments
WHEN EXISTS (
  SELECT 1 FROM assignments AS other
  WHERE other.id <> OLD.id AND other.device_id = NEW.device_id
    AND (other.to_at IS NULL OR other.to_at > NEW.from_at)
    AND (NEW.to_at IS NULL OR NEW.to_at > other.from_at)
)
BEGIN SELECT RAISE (ABORT, 'assignment_overlaps'); END;

CREATE TRIGGER assignments_do_not_overlap BEFORE INSERT ON assignments
WHEN EXISTS (
  SELECT 1 FROM assignments AS other
  WHERE other.device_id = NEW.device_id
    AND (other.to_at IS NULL OR other.to_at > NEW.from_at)
    AND (NEW.to_at IS NULL OR NEW.to_at > other.from_at)
)
BEGIN SELECT RAISE (ABORT, 'assignment_overlaps'); END;

CREATE TRIGGER audit_entries_are_not_changed BEFORE UPDATE ON audit_entries
BEGIN SELECT RAISE (ABORT, 'audit_append_only'); END;

CREATE TRIGGER audit_entries_are_not_removed BEFORE DELETE ON audit_entries
BEGIN SELECT RAISE (ABORT, 'audit_append_only'); END;

CREATE TRIGGER carried_periods_are_billed_with_the_next BEFORE INSERT ON invoices
WHEN NEW.kind = 'period' AND EXISTS (
  SELECT 1 FROM carried_periods
  WHERE contract_id = NEW.contract_id AND period_to_at IN (NEW.period_from_at, NEW.period_to_at)
)
BEGIN SELECT RAISE (ABORT, 'carried_period_contested'); END;

CREATE TRIGGER carried_periods_are_not_changed BEFORE UPDATE ON carried_periods
BEGIN SELECT RAISE (ABORT, 'carried_period_stays'); END;

CREATE TRIGGER carried_periods_stay BEFORE DELETE ON carried_periods
BEGIN SELECT RAISE (ABORT, 'carried_period_stays'); END;

CREATE TRIGGER contract_pauses_do_not_overlap BEFORE INSERT ON contract_pauses
WHEN EXISTS (
  SELECT 1 FROM contract_pauses AS other
  WHERE other.contract_id = NEW.contract_id
    AND (other.to_at IS NULL OR other.to_at > other.from_at)
    AND (other.to_at IS NULL OR other.to_at > NEW.from_at)
    AND (NEW.to_at IS NULL OR NEW.to_at > other.from_at)
)
BEGIN SELECT RAISE (ABORT, 'contract_already_paused'); END;

CREATE TRIGGER contract_pauses_only_get_shorter BEFORE UPDATE ON contract_pauses
WHEN NEW.no <> OLD.no OR NEW.contract_id <> OLD.contract_id OR NEW.from_at <> OLD.from_at
  OR NEW.reason <> OLD.reason OR NEW.created_at <> OLD.created_at
  OR NEW.to_at IS NULL OR NEW.to_at > OLD.to_at
BEGIN SELECT RAISE (ABORT, 'contract_pause_immutable'); END;

CREATE TRIGGER contract_pauses_stay BEFORE DELETE ON contract_pauses
BEGIN SELECT RAISE (ABORT, 'contract_pause_immutable'); END;

CREATE TRIGGER contract_tariffs_are_immutable BEFORE UPDATE ON contract_tariffs
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

CREATE TRIGGER contract_tariffs_stay BEFORE DELETE ON contract_tariffs
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

CREATE TRIGGER contract_zones_are_immutable BEFORE UPDATE ON contract_zones
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

CREATE TRIGGER contract_zones_stay BEFORE DELETE ON contract_zones
BEGIN SELECT RAISE (ABORT, 'contract_term_immutable'); END;

CREATE TRIGGER contracts_begin_with_their_terms AFTER INSERT ON contracts
BEGIN
  INSERT INTO contract_tariffs (contract_id, tariff_id, from_at, created_at)
  VALUES (NEW.id, NEW.tariff_id, NEW.starts_at, NEW.created_at);
  INSERT INTO contract_zones (contract_id, time_zone, from_at, created_at)
  VALUES (NEW.id, NEW.time_zone, NEW.starts_at, NEW.created_at);
END;

CREATE TRIGGER corrected_invoices_are_not_void BEFORE UPDATE OF status ON invoices
WHEN NEW.status = 'void' AND OLD.status <> 'void'
  AND EXISTS (SELECT 1 FROM credited_corrections WHERE corrects_id = NEW.id)
BEGIN SELECT RAISE (ABORT, 'invoice_not_voidable'); END;

CREATE TRIGGER credit_lines_are_not_changed BEFORE UPDATE ON credit_note_lines
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credit_notes_begin_open BEFORE INSERT ON credit_notes WHEN NEW.issued_at IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credit_notes_name_their_invoice BEFORE UPDATE OF issued_at ON credit_notes
WHEN NEW.issued_at IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM invoices
  WHERE id = NEW.invoice_id AND status IN ('issued', 'paid', 'uncollectible')
    AND manufacturer_id = NEW.manufacturer_id AND customer_id = NEW.customer_id
    AND currency = NEW.currency AND prices = NEW.prices
)
BEGIN SELECT RAISE (ABORT, 'invoice_not_creditable'); END;

CREATE TRIGGER credit_notes_stay_within_lines BEFORE UPDATE OF issued_at ON credit_notes
WHEN NEW.issued_at IS NOT NULL AND EXISTS (
  SELECT 1 FROM credit_note_lines AS own
  LEFT JOIN invoice_lines AS charged
    ON charged.invoice_id = NEW.invoice_id AND charged.position = own.invoice_position
  LEFT JOIN (
    SELECT invoice_position, sum(amount_minor) AS amount_minor
    FROM credit_note_lines
    WHERE credit_note_id = NEW.id OR credit_note_id IN (
      SELECT id FROM credit_notes WHERE invoice_id = NEW.invoice_id AND issued_at IS NOT NULL
    )
    GROUP BY invoice_position
  ) AS given ON given.invoice_position = own.invoice_position
  WHERE own.credit_note_id = NEW.id AND own.invoice_position IS NOT NULL AND (
    charged.invoice_id IS NULL
    OR given.amount_minor NOT BETWEEN min(charged.amount_minor, 0) AND max(charged.amount_minor, 0)
  )
)
BEGIN SELECT RAISE (ABORT, 'credit_exceeds_line'); END;

CREATE TRIGGER credit_notes_stay_within_taxes BEFORE UPDATE OF issued_at ON credit_notes
WHEN NEW.issued_at IS NOT NULL AND (
  (NOT EXISTS (SELECT 1 FROM credit_note_taxes WHERE credit_note_id = NEW.id)
    AND EXISTS (SELECT 1 FROM invoice_taxes WHERE invoice_id = NEW.invoice_id))
  OR EXISTS (
    SELECT 1 FROM credit_note_taxes AS own
    LEFT JOIN invoice_taxes AS charged
      ON charged.invoice_id = NEW.invoice_id AND charged.code = own.code AND charged.percent = own.percent
    LEFT JOIN (
      SELECT code, percent, sum(net_minor) AS net_minor, sum(tax_minor) AS tax_minor
      FROM credit_note_taxes
      WHERE credit_note_id = NEW.id OR credit_note_id IN (
        SELECT id FROM credit_notes WHERE invoice_id = NEW.invoice_id AND issued_at IS NOT NULL
      )
      GROUP BY code, percent
    ) AS given ON given.code = own.code AND given.percent = own.percent
    WHERE own.credit_note_id = NEW.id AND (
      charged.invoice_id IS NULL
      OR given.net_minor NOT BETWEEN min(charged.net_minor, 0) AND max(charged.net_minor, 0)
      OR given.tax_minor NOT BETWEEN min(charged.tax_minor, 0) AND max(charged.tax_minor, 0)
    )
  )
)
BEGIN SELECT RAISE (ABORT, 'credit_exceeds_invoice'); END;

CREATE TRIGGER credit_notes_stay_within_total BEFORE UPDATE OF issued_at ON credit_notes
WHEN NEW.issued_at IS NOT NULL AND EXISTS (
  SELECT 1 FROM invoices
  WHERE id = NEW.invoice_id AND total_minor < NEW.total_minor + (
    SELECT coalesce(sum(total_minor), 0) FROM credit_notes AS other
    WHERE other.invoice_id = NEW.invoice_id AND other.issued_at IS NOT NULL
  )
)
BEGIN SELECT RAISE (ABORT, 'credit_exceeds_invoice'); END;

CREATE TRIGGER credit_notes_sum_up BEFORE UPDATE OF issued_at ON credit_notes
WHEN NEW.issued_at IS NOT NULL AND (
  NOT EXISTS (SELECT 1 FROM credit_note_lines WHERE credit_note_id = NEW.id)
  OR (SELECT coalesce(sum(amount_minor), 0) FROM credit_note_lines WHERE credit_note_id = NEW.id)
    <> NEW.total_minor - iif(NEW.prices = 'net', NEW.tax_minor, 0)
  OR (SELECT coalesce(sum(tax_minor), 0) FROM credit_note_taxes WHERE credit_note_id = NEW.id) <> NEW.tax_minor
  OR (SELECT coalesce(sum(net_minor), NEW.total_minor) FROM credit_note_taxes WHERE credit_note_id = NEW.id)
    <> NEW.total_minor - NEW.tax_minor
)
BEGIN SELECT RAISE (ABORT, 'credit_note_total_wrong'); END;

CREATE TRIGGER credit_taxes_are_not_changed BEFORE UPDATE ON credit_note_taxes
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credited_corrections_are_not_changed BEFORE UPDATE ON credited_corrections
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credited_corrections_are_not_removed BEFORE DELETE ON credited_corrections
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credited_invoices_are_not_void BEFORE UPDATE OF status ON invoices
WHEN NEW.status = 'void' AND OLD.status <> 'void'
  AND EXISTS (SELECT 1 FROM credit_notes WHERE invoice_id = NEW.id AND issued_at IS NOT NULL)
BEGIN SELECT RAISE (ABORT, 'invoice_not_voidable'); END;

CREATE TRIGGER invoice_inputs_are_not_changed BEFORE UPDATE ON invoice_inputs
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER invoice_status_moves_forward BEFORE UPDATE OF status ON invoices
WHEN NEW.status <> OLD.status AND NOT (
  (OLD.status = 'draft' AND NEW.status = 'issued')
  OR (OLD.status = 'issued' AND NEW.status IN ('paid', 'void', 'uncollectible'))
  OR (OLD.status = 'uncollectible' AND NEW.status IN ('paid', 'void'))
  OR (
    OLD.status = 'paid' AND NEW.status = 'issued' AND NEW.paid_at IS NULL AND EXISTS (
      SELECT 1 FROM invoice_payments AS reversal
      JOIN invoice_payments AS payment ON payment.id = reversal.reverses_id
      WHERE reversal.invoice_id = OLD.id AND payment.created_at <= OLD.paid_at AND reversal.created_at >= OLD.paid_at
    )
  )
)
BEGIN SELECT RAISE (ABORT, 'invoice_status_invalid'); END;

CREATE TRIGGER invoiced_periods_are_not_carried BEFORE INSERT ON carried_periods
WHEN EXISTS (
  SELECT 1 FROM invoices
  WHERE contract_id = NEW.contract_id AND kind = 'period'
    AND period_from_at < NEW.period_to_at AND period_to_at > NEW.period_from_at
)
BEGIN SELECT RAISE (ABORT, 'carried_period_contested'); END;

CREATE TRIGGER invoices_begin_as_drafts BEFORE INSERT ON invoices WHEN NEW.status <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_status_invalid'); END;

CREATE TRIGGER issued_credit_lines_are_not_added BEFORE INSERT ON credit_note_lines
WHEN (SELECT issued_at FROM credit_notes WHERE id = NEW.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_lines_are_not_removed BEFORE DELETE ON credit_note_lines
WHEN (SELECT issued_at FROM credit_notes WHERE id = OLD.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_notes_are_frozen BEFORE UPDATE ON credit_notes WHEN OLD.issued_at IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_notes_stay BEFORE DELETE ON credit_notes WHEN OLD.issued_at IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_taxes_are_not_added BEFORE INSERT ON credit_note_taxes
WHEN (SELECT issued_at FROM credit_notes WHERE id = NEW.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_taxes_are_not_removed BEFORE DELETE ON credit_note_taxes
WHEN (SELECT issued_at FROM credit_notes WHERE id = OLD.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_documents_are_frozen BEFORE UPDATE ON issued_documents
WHEN OLD.state = 'done'
  OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.manufacturer_id IS NOT OLD.manufacturer_id
  OR NEW.customer_id IS NOT OLD.customer_id OR NEW.number IS NOT OLD.number OR NEW.content IS NOT OLD.content
  OR NEW.created_at IS NOT OLD.created_at
BEGIN SELECT RAISE (ABORT, 'document_frozen'); END;

CREATE TRIGGER issued_documents_stay BEFORE DELETE ON issued_documents
BEGIN SELECT RAISE (ABORT, 'document_frozen'); END;

CREATE TRIGGER issued_inputs_are_not_added BEFORE INSERT ON invoice_inputs
WHEN (SELECT status FROM invoices WHERE id = NEW.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_inputs_are_not_removed BEFORE DELETE ON invoice_inputs
WHEN (SELECT status FROM invoices WHERE id = OLD.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_invoices_are_frozen BEFORE UPDATE ON invoices
WHEN OLD.status <> 'draft' AND (
  NEW.id IS NOT OLD.id OR NEW.manufacturer_id IS NOT OLD.manufacturer_id OR NEW.customer_id IS NOT OLD.customer_id
  OR NEW.contract_id IS NOT OLD.contract_id OR NEW.kind IS NOT OLD.kind OR NEW.number IS NOT OLD.number
  OR NEW.replaces_id IS NOT OLD.replaces_id OR NEW.currency IS NOT OLD.currency
  OR NEW.period_from_at IS NOT OLD.period_from_at OR NEW.period_to_at IS NOT OLD.period_to_at
  OR NEW.cutoff_at IS NOT OLD.cutoff_at OR NEW.prices IS NOT OLD.prices OR NEW.tax_minor IS NOT OLD.tax_minor
  OR NEW.total_minor IS NOT OLD.total_minor OR NEW.due_on IS NOT OLD.due_on
  OR NEW.created_at IS NOT OLD.created_at OR NEW.issued_at IS NOT OLD.issued_at
)
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_invoices_stay BEFORE DELETE ON invoices WHEN OLD.status <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_invoices_sum_up BEFORE UPDATE OF status ON invoices
WHEN OLD.status = 'draft' AND NEW.status = 'issued' AND (
  (SELECT coalesce(sum(amount_minor), 0) FROM invoice_lines WHERE invoice_id = NEW.id)
    <> NEW.total_minor - iif(NEW.prices = 'net', NEW.tax_minor, 0)
  OR (SELECT coalesce(sum(tax_minor), 0) FROM invoice_taxes WHERE invoice_id = NEW.id) <> NEW.tax_minor
  OR (SELECT coalesce(sum(net_minor), NEW.total_minor) FROM invoice_taxes WHERE invoice_id = NEW.id)
    <> NEW.total_minor - NEW.tax_minor
)
BEGIN SELECT RAISE (ABORT, 'invoice_total_wrong'); END;

CREATE TRIGGER issued_lines_are_not_added BEFORE INSERT ON invoice_lines
WHEN (SELECT status FROM invoices WHERE id = NEW.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_lines_are_not_changed BEFORE UPDATE ON invoice_lines
WHEN (SELECT status FROM invoices WHERE id = OLD.invoice_id) <> 'draft'
  OR (SELECT status FROM invoices WHERE id = NEW.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_lines_are_not_removed BEFORE DELETE ON invoice_lines
WHEN (SELECT status FROM invoices WHERE id = OLD.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_taxes_are_not_added BEFORE INSERT ON invoice_taxes
WHEN (SELECT status FROM invoices WHERE id = NEW.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_taxes_are_not_changed BEFORE UPDATE ON invoice_taxes
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_taxes_are_not_removed BEFORE DELETE ON invoice_taxes
WHEN (SELECT status FROM invoices WHERE id = OLD.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER manual_lines_are_not_changed BEFORE UPDATE ON manual_lines
WHEN NEW.id IS NOT OLD.id OR NEW.manufacturer_id IS NOT OLD.manufacturer_id OR NEW.contract_id IS NOT OLD.contract_id
  OR NEW.description IS NOT OLD.description OR NEW.amount_minor IS NOT OLD.amount_minor
  OR NEW.currency IS NOT OLD.currency OR NEW.tax_category IS NOT OLD.tax_category OR NEW.reason IS NOT OLD.reason
  OR NEW.made_by IS NOT OLD.made_by OR NEW.created_at IS NOT OLD.created_at
  OR (OLD.removed_at IS NOT NULL AND (NEW.removed_at IS NOT OLD.removed_at OR NEW.invoice_id IS NOT NULL))
BEGIN SELECT RAISE (ABORT, 'manual_line_not_pending'); END;

CREATE TRIGGER manual_lines_are_taken_once BEFORE UPDATE ON manual_lines
WHEN OLD.invoice_id IS NOT NULL
  AND (NEW.invoice_id IS NOT OLD.invoice_id OR NEW.removed_at IS NOT OLD.removed_at)
  AND (SELECT status FROM invoices WHERE id = OLD.invoice_id) <> 'void'
BEGIN SELECT RAISE (ABORT, 'manual_line_not_pending'); END;

CREATE TRIGGER manual_lines_stay BEFORE DELETE ON manual_lines
BEGIN SELECT RAISE (ABORT, 'manual_line_not_pending'); END;

CREATE TRIGGER payments_are_not_changed BEFORE UPDATE ON invoice_payments
BEGIN SELECT RAISE (ABORT, 'payment_frozen'); END;

CREATE TRIGGER payments_are_not_removed BEFORE DELETE ON invoice_payments
BEGIN SELECT RAISE (ABORT, 'payment_frozen'); END;

CREATE TRIGGER payments_are_of_open_invoices BEFORE INSERT ON invoice_payments
WHEN NEW.reverses_id IS NULL AND NOT EXISTS (
  SELECT 1 FROM invoices
  WHERE id = NEW.invoice_id AND status IN ('issued', 'uncollectible') AND currency = NEW.currency
    AND total_minor >= NEW.amount_minor + (
      SELECT coalesce(sum(iif(reverses_id IS NULL, amount_minor, -amount_minor)), 0)
      FROM invoice_payments WHERE invoice_id = NEW.invoice_id
    )
)
BEGIN SELECT RAISE (ABORT, 'payment_exceeds_open'); END;

CREATE TRIGGER reversals_are_of_payments BEFORE INSERT ON invoice_payments
WHEN NEW.reverses_id IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM invoice_payments
  WHERE id = NEW.reverses_id AND reverses_id IS NULL AND invoice_id = NEW.invoice_id
    AND amount_minor = NEW.amount_minor AND currency = NEW.currency
)
BEGIN SELECT RAISE (ABORT, 'payment_frozen'); END;

CREATE TRIGGER tariff_versions_are_immutable BEFORE UPDATE ON tariff_versions
BEGIN SELECT RAISE (ABORT, 'tariff_version_immutable'); END;

CREATE TRIGGER tariff_versions_stay BEFORE DELETE ON tariff_versions
BEGIN SELECT RAISE (ABORT, 'tariff_version_immutable'); END;

CREATE TRIGGER tax_rates_are_immutable BEFORE UPDATE ON tax_rates
WHEN NEW.id IS NOT OLD.id OR NEW.manufacturer_id IS NOT OLD.manufacturer_id OR NEW.place IS NOT OLD.place
  OR NEW.category IS NOT OLD.category OR NEW.percent IS NOT OLD.percent OR NEW.kind IS NOT OLD.kind
  OR NEW.code IS NOT OLD.code OR NEW.note IS NOT OLD.note OR NEW.from_on IS NOT OLD.from_on
  OR NEW.created_at IS NOT OLD.created_at
  OR (OLD.to_on IS NOT NULL AND NEW.to_on IS NOT OLD.to_on)
  OR coalesce(NEW.used_until_on, '') < coalesce(OLD.used_until_on, '')
BEGIN SELECT RAISE (ABORT, 'tax_rate_immutable'); END;

CREATE TRIGGER tax_rates_stay BEFORE DELETE ON tax_rates
BEGIN SELECT RAISE (ABORT, 'tax_rate_immutable'); END;

CREATE TRIGGER webhook_events_are_immutable BEFORE UPDATE ON webhook_events
BEGIN SELECT RAISE (ABORT, 'a webhook event is never changed'); END;
