-- Lines of tiers, bands, cells and sessions have no single price per unit, and every line has a tax category. A column
-- cannot lose its NOT NULL, so the table is made anew; what was issued before has the category of that time.

DROP TRIGGER issued_invoices_sum_up;
DROP TRIGGER issued_lines_are_not_added;
DROP TRIGGER issued_lines_are_not_changed;
DROP TRIGGER issued_lines_are_not_removed;

CREATE TABLE new_invoice_lines (
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
  explanation TEXT NOT NULL CHECK (json_valid(explanation)),
  PRIMARY KEY (invoice_id, position)
) STRICT, WITHOUT ROWID;

INSERT INTO new_invoice_lines
  (invoice_id, position, item_id, description, quantity, unit, unit_price, tax_category, unrounded_amount, amount_minor, explanation)
SELECT invoice_id, position, item_id, description, quantity, unit, unit_price, 'standard', unrounded_amount, amount_minor, explanation
FROM invoice_lines;

DROP TABLE invoice_lines;
ALTER TABLE new_invoice_lines RENAME TO invoice_lines;

CREATE TRIGGER issued_invoices_sum_up BEFORE UPDATE OF status ON invoices
WHEN OLD.status = 'draft' AND NEW.status = 'issued' AND NEW.total_minor <>
  (SELECT coalesce(sum(amount_minor), 0) FROM invoice_lines WHERE invoice_id = NEW.id)
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
