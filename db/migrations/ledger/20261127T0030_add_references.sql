-- What a manufacturer calls a customer or a contract in its own books: a list that is sent again finds what it made before.

ALTER TABLE customers ADD COLUMN reference TEXT CHECK (reference <> '');

ALTER TABLE contracts ADD COLUMN reference TEXT CHECK (reference <> '');

CREATE UNIQUE INDEX customers_by_reference ON customers (manufacturer_id, reference) WHERE reference IS NOT NULL;

CREATE UNIQUE INDEX contracts_by_reference ON contracts (manufacturer_id, reference) WHERE reference IS NOT NULL;
