-- A debit takes days: money is on its way, and nobody needs to pay meanwhile.
ALTER TABLE stripe_payment_states ADD COLUMN is_processing INTEGER NOT NULL DEFAULT 0 CHECK (is_processing IN (0, 1));
