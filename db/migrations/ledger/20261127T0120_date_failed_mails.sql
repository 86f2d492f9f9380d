-- When a mail was given up or came back: what is reported each morning is what happened since the last one.
ALTER TABLE mails ADD COLUMN failed_at INTEGER CHECK (failed_at IS NULL OR state IN ('failed', 'bounced'));

CREATE INDEX mails_failed ON mails (manufacturer_id, failed_at) WHERE failed_at IS NOT NULL;

CREATE INDEX invoices_by_issue ON invoices (manufacturer_id, issued_at) WHERE issued_at IS NOT NULL;
