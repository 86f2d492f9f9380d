-- Every exchange with Stripe is a step of a chain: a customer's, an invoice's or a credit note's. In a chain one step waits at
-- most, so what follows is decided once. Parameters are stored before the first call and never rebuilt under the same key; a step
-- that was never sent has none yet.
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
      'create_invoice', 'add_lines', 'finalize_invoice', 'pay_out_of_band', 'mark_uncollectible', 'void_invoice',
      'delete_draft', 'delete_spare_draft', 'refund_payment',
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
  problem TEXT,
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  CHECK (attempts = 0 OR (first_attempt_at IS NOT NULL AND parameters IS NOT NULL)),
  CHECK (credit_note_id IS NULL OR invoice_id IS NOT NULL),
  CHECK ((step IN ('create_customer', 'update_customer', 'set_payment_method')) = (invoice_id IS NULL)),
  CHECK ((step = 'create_credit_note') = (credit_note_id IS NOT NULL)),
  CHECK (state <> 'parked' OR problem IS NOT NULL)
) STRICT;

-- What had not been sent is prepared anew; a customer's step that several invoices waited with is the customer's now.
INSERT INTO new_outbox_steps
  (id, manufacturer_id, customer_id, invoice_id, step, generation, idempotency_key, api_version, parameters, state,
   attempts, first_attempt_at, next_attempt_at, problem, created_at, done_at)
SELECT step.id, invoices.manufacturer_id, invoices.customer_id, invoices.id, step.step, step.generation,
  step.idempotency_key, step.api_version, step.parameters, step.state, step.attempts, step.first_attempt_at,
  step.next_attempt_at, step.problem, step.created_at, step.done_at
FROM outbox_steps AS step JOIN invoices ON invoices.id = step.invoice_id
WHERE step.step <> 'create_customer';

INSERT INTO new_outbox_steps
  (manufacturer_id, customer_id, step, generation, idempotency_key, api_version, parameters, state, attempts,
   first_attempt_at, next_attempt_at, problem, created_at, done_at)
SELECT invoices.manufacturer_id, invoices.customer_id, 'create_customer',
  row_number() OVER (PARTITION BY invoices.customer_id ORDER BY step.id), step.idempotency_key, step.api_version,
  step.parameters,
  iif(step.state = 'waiting' AND step.id <> min(iif(step.state = 'waiting', step.id, NULL)) OVER (PARTITION BY invoices.customer_id),
    'superseded', step.state),
  step.attempts, step.first_attempt_at, step.next_attempt_at, step.problem, step.created_at, step.done_at
FROM outbox_steps AS step JOIN invoices ON invoices.id = step.invoice_id
WHERE step.step = 'create_customer';

-- Invoices whose customer was still to be made.
INSERT INTO new_outbox_steps
  (manufacturer_id, customer_id, invoice_id, step, generation, idempotency_key, api_version, state, next_attempt_at, created_at)
SELECT manufacturer_id, customer_id, id, 'create_invoice', 1,
  'usance:' || manufacturer_id || ':' || id || ':create_invoice:1', '2026-10-28.endive', 'waiting', issued_at, issued_at
FROM invoices
WHERE issued_at IS NOT NULL AND status IN ('issued', 'uncollectible')
  AND id IN (SELECT invoice_id FROM outbox_steps WHERE step = 'create_customer')
  AND id NOT IN (SELECT invoice_id FROM outbox_steps WHERE step <> 'create_customer');

DROP TABLE outbox_steps;
ALTER TABLE new_outbox_steps RENAME TO outbox_steps;

CREATE UNIQUE INDEX outbox_steps_by_subject ON outbox_steps (subject_id, step, generation);
CREATE UNIQUE INDEX outbox_steps_wait_one_by_one ON outbox_steps (subject_id)
WHERE state = 'waiting' AND step NOT IN ('delete_spare_draft', 'set_payment_method');
CREATE INDEX outbox_steps_waiting ON outbox_steps (step, next_attempt_at, id) WHERE state = 'waiting';
CREATE INDEX outbox_steps_parked ON outbox_steps (manufacturer_id, id) WHERE state = 'parked';
CREATE INDEX outbox_steps_by_invoice ON outbox_steps (invoice_id, id) WHERE invoice_id IS NOT NULL;

-- What Stripe was last told of the customer, and how it pays there.
ALTER TABLE stripe_customers ADD COLUMN details_hash TEXT;
ALTER TABLE stripe_customers ADD COLUMN payment_method TEXT CHECK (json_valid(payment_method));
ALTER TABLE stripe_customers ADD COLUMN checked_at INTEGER;

-- 'charge_automatically': Stripe charges what the customer has saved; 'send_invoice': the customer pays within the term.
ALTER TABLE customers ADD COLUMN collection_method TEXT NOT NULL DEFAULT 'charge_automatically'
CHECK (collection_method IN ('charge_automatically', 'send_invoice'));

CREATE TABLE stripe_credit_notes (
  credit_note_id TEXT PRIMARY KEY REFERENCES credit_notes (id),
  stripe_credit_note_id TEXT NOT NULL UNIQUE,
  adopted_at INTEGER NOT NULL
) STRICT;

-- What Stripe last said of an invoice; amounts in minor units.
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
) STRICT;

CREATE TABLE stripe_refunds (
  id TEXT PRIMARY KEY,
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
  currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled')),
  created_at INTEGER NOT NULL,
  checked_at INTEGER NOT NULL
) STRICT;

CREATE INDEX stripe_refunds_by_invoice ON stripe_refunds (invoice_id);

-- Event ids count per manufacturer: nobody else's event can stand in the way of one. What an event is about is asked at Stripe.
CREATE TABLE new_stripe_events (
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

INSERT INTO new_stripe_events
SELECT manufacturer_id, id, event_type, 'invoice', stripe_object_id, received_at, processed_at, problem FROM stripe_events;

DROP TABLE stripe_events;
ALTER TABLE new_stripe_events RENAME TO stripe_events;
CREATE INDEX stripe_events_waiting ON stripe_events (received_at) WHERE processed_at IS NULL;

-- While a secret is rolled, Stripe signs with both.
ALTER TABLE manufacturers ADD COLUMN stripe_previous_webhook_secret_encrypted BLOB;
ALTER TABLE manufacturers ADD COLUMN stripe_previous_webhook_secret_until_at INTEGER;
-- Up to when Stripe's events were asked for, so that webhooks that never came are made up for.
ALTER TABLE manufacturers ADD COLUMN stripe_events_read_at INTEGER;
