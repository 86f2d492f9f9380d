-- A correction may be credited against a later invoice that had charged it: each line names the invoice that it corrects.
DROP TRIGGER credited_corrections_are_not_changed;
DROP TRIGGER credited_corrections_are_not_removed;

ALTER TABLE credited_corrections RENAME TO credited_corrections_before;

CREATE TABLE credited_corrections (
  credit_note_id TEXT NOT NULL REFERENCES credit_notes (id),
  position INTEGER NOT NULL CHECK (position >= 1),
  corrects_id TEXT NOT NULL REFERENCES invoices (id),
  line TEXT NOT NULL CHECK (json_valid(line)),
  PRIMARY KEY (credit_note_id, position)
) STRICT, WITHOUT ROWID;

INSERT INTO credited_corrections (credit_note_id, position, corrects_id, line)
SELECT before.credit_note_id, before.position, credit_notes.invoice_id, before.line
FROM credited_corrections_before AS before INNER JOIN credit_notes ON credit_notes.id = before.credit_note_id;

DROP TABLE credited_corrections_before;

CREATE INDEX credited_corrections_by_invoice ON credited_corrections (corrects_id);

CREATE TRIGGER credited_corrections_are_not_changed BEFORE UPDATE ON credited_corrections
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

CREATE TRIGGER credited_corrections_are_not_removed BEFORE DELETE ON credited_corrections
BEGIN SELECT RAISE (ABORT, 'credit_note_frozen'); END;

-- What a credit note on another invoice gave back of it would be given back twice.
CREATE TRIGGER corrected_invoices_are_not_void BEFORE UPDATE OF status ON invoices
WHEN NEW.status = 'void' AND OLD.status <> 'void'
  AND EXISTS (SELECT 1 FROM credited_corrections WHERE corrects_id = NEW.id)
BEGIN SELECT RAISE (ABORT, 'invoice_not_voidable'); END;
