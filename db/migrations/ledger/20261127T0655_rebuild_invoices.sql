-- Invoices have taxes, a day until which they are to be paid, and what they replace. A contract's period may be invoiced
-- again after its invoice was made void, and a contract that has ended gets final invoices for what came late, so one
-- unique key became an index over the others. What was issued before bore no tax.
--
-- The table is made anew since a column constraint cannot be dropped; foreign keys are off while migrations run and are
-- checked afterwards.

DROP TRIGGER issued_invoices_sum_up;
DROP TRIGGER issued_lines_are_not_added;
DROP TRIGGER issued_lines_are_not_changed;
DROP TRIGGER issued_lines_are_not_removed;

CREATE TABLE new_invoices (
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
  replaces_id TEXT UNIQUE REFERENCES new_invoices (id),
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

INSERT INTO new_invoices
  (id, manufacturer_id, customer_id, contract_id, number, status, currency, period_from_at, period_to_at, cutoff_at,
   total_minor, created_at, issued_at, paid_at)
SELECT id, manufacturer_id, customer_id, contract_id, number, status, currency, period_from_at, period_to_at, cutoff_at,
  total_minor, created_at, issued_at, paid_at
FROM invoices;

DROP TABLE invoices;
ALTER TABLE new_invoices RENAME TO invoices;

CREATE UNIQUE INDEX invoices_by_period ON invoices (contract_id, period_from_at)
WHERE kind = 'period' AND status <> 'void';
CREATE INDEX invoices_by_contract ON invoices (contract_id, created_at, id);
CREATE INDEX invoices_by_customer ON invoices (customer_id, period_from_at);
CREATE INDEX invoices_by_issue ON invoices (manufacturer_id, issued_at) WHERE issued_at IS NOT NULL;
CREATE INDEX invoices_by_manufacturer ON invoices (manufacturer_id, created_at, id);
CREATE INDEX invoices_by_number ON invoices (manufacturer_id, coalesce(number, ''), id);
CREATE INDEX invoices_by_total ON invoices (manufacturer_id, total_minor, id);

-- The service period of a line where it is not that of the whole invoice, and the invoice whose lines it corrects.
ALTER TABLE invoice_lines ADD COLUMN period_from_at INTEGER;
ALTER TABLE invoice_lines ADD COLUMN period_to_at INTEGER CHECK (period_to_at > period_from_at);
ALTER TABLE invoice_lines ADD COLUMN corrects_id TEXT REFERENCES invoices (id);
CREATE INDEX invoice_lines_by_corrected ON invoice_lines (corrects_id) WHERE corrects_id IS NOT NULL;

-- All lines of one rate: what EN 16931 calls the breakdown.
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

CREATE TRIGGER invoice_status_moves_forward BEFORE UPDATE OF status ON invoices
WHEN NEW.status <> OLD.status AND NOT (
  (OLD.status = 'draft' AND NEW.status = 'issued')
  OR (OLD.status = 'issued' AND NEW.status IN ('paid', 'void', 'uncollectible'))
  OR (OLD.status = 'uncollectible' AND NEW.status IN ('paid', 'void'))
)
BEGIN SELECT RAISE (ABORT, 'invoice_status_invalid'); END;

CREATE TRIGGER invoices_begin_as_drafts BEFORE INSERT ON invoices WHEN NEW.status <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_status_invalid'); END;

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
