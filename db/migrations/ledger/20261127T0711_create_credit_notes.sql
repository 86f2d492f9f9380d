-- Credit notes: documents of their own that give back what an issued invoice charged. One is open while its transaction
-- makes it, and frozen from `issued_at` on. Amounts are positive where something is given back. What all credit notes of
-- an invoice give back stays within what it charged: in total, for each tax rate, and for each line that is named.

CREATE TABLE credit_note_series (
  manufacturer_id TEXT PRIMARY KEY REFERENCES manufacturers (id),
  next_number INTEGER NOT NULL CHECK (next_number >= 1)
) STRICT;

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

CREATE INDEX credit_notes_by_invoice ON credit_notes (invoice_id);
CREATE INDEX credit_notes_by_customer ON credit_notes (customer_id, created_at, id);
CREATE INDEX credit_notes_by_manufacturer ON credit_notes (manufacturer_id, created_at, id);
CREATE INDEX credit_notes_by_number ON credit_notes (manufacturer_id, coalesce(number, ''), id);
CREATE INDEX credit_notes_by_total ON credit_notes (manufacturer_id, total_minor, id);

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

-- All lines of one rate; code and percent are those of a row of the invoice.
CREATE TABLE credit_note_taxes (
  credit_note_id TEXT NOT NULL REFERENCES credit_notes (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  code TEXT NOT NULL CHECK (code IN ('S', 'Z', 'E', 'AE', 'O', 'G')),
  percent TEXT NOT NULL CHECK (percent <> ''),
  net_minor INTEGER NOT NULL,
  tax_minor INTEGER NOT NULL,
  PRIMARY KEY (credit_note_id, position)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER credit_notes_begin_open BEFORE INSERT ON credit_notes WHEN NEW.issued_at IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_notes_are_frozen BEFORE UPDATE ON credit_notes WHEN OLD.issued_at IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_notes_stay BEFORE DELETE ON credit_notes WHEN OLD.issued_at IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

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

CREATE TRIGGER credit_notes_name_their_invoice BEFORE UPDATE OF issued_at ON credit_notes
WHEN NEW.issued_at IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM invoices
  WHERE id = NEW.invoice_id AND status IN ('issued', 'paid', 'uncollectible')
    AND manufacturer_id = NEW.manufacturer_id AND customer_id = NEW.customer_id
    AND currency = NEW.currency AND prices = NEW.prices
)
BEGIN SELECT RAISE (ABORT, 'invoice_not_creditable'); END;

CREATE TRIGGER credit_notes_stay_within_total BEFORE UPDATE OF issued_at ON credit_notes
WHEN NEW.issued_at IS NOT NULL AND EXISTS (
  SELECT 1 FROM invoices
  WHERE id = NEW.invoice_id AND total_minor < NEW.total_minor + (
    SELECT coalesce(sum(total_minor), 0) FROM credit_notes AS other
    WHERE other.invoice_id = NEW.invoice_id AND other.issued_at IS NOT NULL
  )
)
BEGIN SELECT RAISE (ABORT, 'credit_exceeds_invoice'); END;

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

CREATE TRIGGER issued_credit_lines_are_not_added BEFORE INSERT ON credit_note_lines
WHEN (SELECT issued_at FROM credit_notes WHERE id = NEW.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credit_lines_are_not_changed BEFORE UPDATE ON credit_note_lines
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_lines_are_not_removed BEFORE DELETE ON credit_note_lines
WHEN (SELECT issued_at FROM credit_notes WHERE id = OLD.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_taxes_are_not_added BEFORE INSERT ON credit_note_taxes
WHEN (SELECT issued_at FROM credit_notes WHERE id = NEW.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credit_taxes_are_not_changed BEFORE UPDATE ON credit_note_taxes
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER issued_credit_taxes_are_not_removed BEFORE DELETE ON credit_note_taxes
WHEN (SELECT issued_at FROM credit_notes WHERE id = OLD.credit_note_id) IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

-- An invoice from which something was given back is not made void: that would give it back twice.
CREATE TRIGGER credited_invoices_are_not_void BEFORE UPDATE OF status ON invoices
WHEN NEW.status = 'void' AND OLD.status <> 'void'
  AND EXISTS (SELECT 1 FROM credit_notes WHERE invoice_id = NEW.id AND issued_at IS NOT NULL)
BEGIN SELECT RAISE (ABORT, 'invoice_not_voidable'); END;
