-- Invoices behind which usage, events or assignments changed after they were issued. A row is taken away by the document that
-- corrects what had changed up to it; what changes meanwhile is a further row.
CREATE TABLE late_periods (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  invoice_id TEXT NOT NULL REFERENCES invoices (id),
  noticed_at INTEGER NOT NULL
) STRICT;

CREATE INDEX late_periods_by_invoice ON late_periods (invoice_id, no);
