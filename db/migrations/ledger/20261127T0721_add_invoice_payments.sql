-- Payments that a person records because they did not come through Stripe, each row for ever: what was recorded by mistake, or
-- bounced, is taken back by a row that names it.
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

CREATE INDEX invoice_payments_by_invoice ON invoice_payments (invoice_id, created_at, id);

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

-- One way back: an invoice that recorded payments had settled is open again when one of them is taken back.
DROP TRIGGER invoice_status_moves_forward;

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

-- Stripe is told of an invoice that was paid elsewhere by one more kind of step.
CREATE TABLE new_outbox_steps (
  id INTEGER PRIMARY KEY,
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  step TEXT NOT NULL CHECK (
    step IN ('create_customer', 'create_invoice', 'add_lines', 'finalize_invoice', 'pay_out_of_band')
  ),
  generation INTEGER NOT NULL,
  idempotency_key TEXT NOT NULL UNIQUE,
  api_version TEXT NOT NULL,
  parameters TEXT NOT NULL CHECK (json_valid(parameters)),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'superseded', 'parked')),
  attempts INTEGER NOT NULL DEFAULT 0,
  first_attempt_at INTEGER,
  next_attempt_at INTEGER NOT NULL,
  problem TEXT,
  created_at INTEGER NOT NULL,
  done_at INTEGER,
  UNIQUE (invoice_id, step, generation)
) STRICT;

INSERT INTO new_outbox_steps
  (id, invoice_id, step, generation, idempotency_key, api_version, parameters, state, attempts, first_attempt_at,
   next_attempt_at, problem, created_at, done_at)
SELECT id, invoice_id, step, generation, idempotency_key, api_version, parameters, state, attempts, first_attempt_at,
  next_attempt_at, problem, created_at, done_at
FROM outbox_steps;

DROP TABLE outbox_steps;
ALTER TABLE new_outbox_steps RENAME TO outbox_steps;
CREATE INDEX outbox_steps_waiting ON outbox_steps (next_attempt_at) WHERE state = 'waiting';

-- Days after the due day on which an open invoice is reminded of.
ALTER TABLE manufacturers ADD COLUMN reminder_days TEXT NOT NULL DEFAULT '[7,14,28]'
CHECK (json_valid(reminder_days) AND json_type(reminder_days) = 'array' AND json_array_length(reminder_days) <= 5);

-- Each level once; a level that fell due while nobody was there to send it is left out.
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

CREATE INDEX invoices_by_due_day ON invoices (manufacturer_id, due_on) WHERE status = 'issued' AND due_on IS NOT NULL;
