-- A customer's billing account: what an invoice is made out to, and in which language people write to them.

ALTER TABLE customers ADD COLUMN legal_name TEXT;

ALTER TABLE customers ADD COLUMN tax_id TEXT;

ALTER TABLE customers ADD COLUMN purchase_order_number TEXT;

ALTER TABLE customers ADD COLUMN language TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de'));

ALTER TABLE customers ADD COLUMN currency TEXT CHECK (length(currency) = 3);

ALTER TABLE customers ADD COLUMN billing_emails TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(billing_emails));

ALTER TABLE customers ADD COLUMN address TEXT CHECK (address IS NULL OR json_valid(address));

CREATE INDEX contracts_by_manufacturer ON contracts (manufacturer_id, id);

CREATE INDEX tariffs_by_manufacturer ON tariffs (manufacturer_id, id);

CREATE INDEX invoices_by_manufacturer ON invoices (manufacturer_id, created_at, id);
