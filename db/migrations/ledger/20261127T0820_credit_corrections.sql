-- The corrections that a credit note gives back, as the lines that they would have been on an invoice: what is billed for a
-- period is its invoice, the corrections on later invoices, and these.
CREATE TABLE credited_corrections (
  credit_note_id TEXT NOT NULL REFERENCES credit_notes (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  line TEXT NOT NULL CHECK (json_valid(line)),
  PRIMARY KEY (credit_note_id, position)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER credited_corrections_are_not_changed BEFORE UPDATE ON credited_corrections
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credited_corrections_are_not_removed BEFORE DELETE ON credited_corrections
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;
