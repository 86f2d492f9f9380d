-- What the long lists of the ledger are sorted by, each with the id that makes rows distinct.

CREATE INDEX customers_by_name ON customers (manufacturer_id, lower(name), id);

CREATE INDEX customers_by_age ON customers (manufacturer_id, created_at, id);

CREATE INDEX contracts_by_start ON contracts (manufacturer_id, starts_at, id);

CREATE INDEX tariffs_by_name ON tariffs (manufacturer_id, lower(name), id);

CREATE INDEX invoices_by_number ON invoices (manufacturer_id, coalesce(number, ''), id);

CREATE INDEX invoices_by_total ON invoices (manufacturer_id, total_minor, id);

CREATE INDEX invoices_by_contract ON invoices (contract_id, created_at, id);
