-- The settings of a manufacturer: what its documents and mails say.
ALTER TABLE manufacturers ADD COLUMN currency TEXT NOT NULL DEFAULT 'EUR' CHECK (length(currency) = 3);
ALTER TABLE manufacturers ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';
-- In order of preference; the first is for whoever has not chosen.
ALTER TABLE manufacturers ADD COLUMN languages TEXT NOT NULL DEFAULT '["en"]' CHECK (json_valid(languages));
-- Who invoices: legalName, taxId, addressLines, postalCode, city, country, email, phone.
ALTER TABLE manufacturers ADD COLUMN seller TEXT CHECK (seller IS NULL OR json_valid(seller));
-- Who mails come from: name, address.
ALTER TABLE manufacturers ADD COLUMN mail_sender TEXT CHECK (mail_sender IS NULL OR json_valid(mail_sender));
-- Unknown for keys that were entered before this column.
ALTER TABLE manufacturers ADD COLUMN stripe_mode TEXT CHECK (stripe_mode IN ('test', 'live'));
