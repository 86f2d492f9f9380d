-- Stripe is told of each payment that came elsewhere while something is still open, so that it asks for the rest only; and an invoice that it
-- was told not to collect by itself is collected from when that changes. `attempts` counts the requests that may have been sent; how
-- often a step had to wait, for whatever reason, is counted for itself.
CREATE TABLE new_outbox_steps (
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
  done_at INTEGER,
  CHECK (attempts = 0 OR (first_attempt_at IS NOT NULL AND parameters IS NOT NULL)),
  CHECK (credit_note_id IS NULL OR invoice_id IS NOT NULL),
  CHECK ((step IN ('create_customer', 'update_customer', 'set_payment_method')) = (invoice_id IS NULL)),
  CHECK ((step = 'create_credit_note') = (credit_note_id IS NOT NULL)),
  CHECK (state <> 'parked' OR problem IS NOT NULL)
) STRICT;

INSERT INTO new_outbox_steps
  (id, manufacturer_id, customer_id, invoice_id, credit_note_id, step, generation, idempotency_key, api_version, parameters,
   state, attempts, first_attempt_at, next_attempt_at, postponements, problem, created_at, done_at)
SELECT id, manufacturer_id, customer_id, invoice_id, credit_note_id, step, generation, idempotency_key, api_version, parameters,
  state, attempts, first_attempt_at, next_attempt_at, attempts, problem, created_at, done_at
FROM outbox_steps;

DROP TABLE outbox_steps;
ALTER TABLE new_outbox_steps RENAME TO outbox_steps;

CREATE UNIQUE INDEX outbox_steps_by_subject ON outbox_steps (subject_id, step, generation);
CREATE UNIQUE INDEX outbox_steps_wait_one_by_one ON outbox_steps (subject_id)
WHERE state = 'waiting' AND step NOT IN ('delete_spare_draft', 'set_payment_method');
CREATE INDEX outbox_steps_waiting ON outbox_steps (step, next_attempt_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_steps_parked ON outbox_steps (manufacturer_id, id) WHERE state = 'parked';
CREATE INDEX outbox_steps_by_invoice ON outbox_steps (invoice_id, id) WHERE invoice_id IS NOT NULL;

-- Stripe's record of a payment that came elsewhere.
CREATE TABLE stripe_payment_records (
  payment_id TEXT PRIMARY KEY REFERENCES invoice_payments (id),
  stripe_payment_record_id TEXT NOT NULL UNIQUE,
  adopted_at INTEGER NOT NULL
) STRICT;
