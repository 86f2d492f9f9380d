-- Everything that an issued invoice was computed from, so that it can be computed again without its lines. The documents of the
-- tariff versions that it names are not in it: they are immutable in tariff_versions, and their ids are their hashes.
CREATE TABLE invoice_inputs (
  invoice_id TEXT PRIMARY KEY REFERENCES invoices (id),
  -- Of the JSON in content.
  format_version INTEGER NOT NULL CHECK (format_version >= 1),
  -- Deflated JSON.
  content BLOB NOT NULL CHECK (length(content) > 0)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER issued_inputs_are_not_added BEFORE INSERT ON invoice_inputs
WHEN (SELECT status FROM invoices WHERE id = NEW.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER invoice_inputs_are_not_changed BEFORE UPDATE ON invoice_inputs
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;

CREATE TRIGGER issued_inputs_are_not_removed BEFORE DELETE ON invoice_inputs
WHEN (SELECT status FROM invoices WHERE id = OLD.invoice_id) <> 'draft'
BEGIN SELECT RAISE (ABORT, 'invoice_frozen'); END;
