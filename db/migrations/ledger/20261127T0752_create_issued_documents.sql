-- What an invoice or a credit note says, frozen at issue, and its bytes once they are rendered. Invoices of before have none.
CREATE TABLE issued_documents (
  -- That of the invoice or the credit note.
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
  manufacturer_id TEXT NOT NULL REFERENCES manufacturers (id),
  customer_id TEXT NOT NULL REFERENCES customers (id),
  number TEXT NOT NULL CHECK (number <> ''),
  -- All that PDF and XML are made from: they look nothing up.
  content TEXT NOT NULL CHECK (json_valid(content)),
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  problem TEXT CHECK (problem <> ''),
  pdf BLOB,
  xml TEXT,
  created_at INTEGER NOT NULL,
  rendered_at INTEGER,
  CHECK ((state = 'failed') = (problem IS NOT NULL)),
  CHECK ((state = 'done') = (pdf IS NOT NULL)),
  CHECK ((state = 'done') = (xml IS NOT NULL)),
  CHECK ((state = 'done') = (rendered_at IS NOT NULL))
) STRICT;

CREATE INDEX issued_documents_waiting ON issued_documents (created_at, id) WHERE state = 'waiting';

CREATE TRIGGER issued_documents_are_frozen BEFORE UPDATE ON issued_documents
WHEN OLD.state = 'done'
  OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind OR NEW.manufacturer_id IS NOT OLD.manufacturer_id
  OR NEW.customer_id IS NOT OLD.customer_id OR NEW.number IS NOT OLD.number OR NEW.content IS NOT OLD.content
  OR NEW.created_at IS NOT OLD.created_at
BEGIN SELECT RAISE (ABORT, 'document_frozen'); END;

CREATE TRIGGER issued_documents_stay BEFORE DELETE ON issued_documents
BEGIN SELECT RAISE (ABORT, 'document_frozen'); END;

-- The mail has the document's PDF and XML with it.
ALTER TABLE mails ADD COLUMN document_id TEXT REFERENCES issued_documents (id);
