-- Lines that a person puts on a contract's next invoice. One is pending until an invoice takes it, or it is removed; the
-- line of an invoice that was made void is pending again.
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

CREATE INDEX manual_lines_by_contract ON manual_lines (contract_id, created_at, id);
CREATE INDEX manual_lines_by_invoice ON manual_lines (invoice_id) WHERE invoice_id IS NOT NULL;

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
