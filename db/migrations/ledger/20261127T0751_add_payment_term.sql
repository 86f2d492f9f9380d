-- How many days after the day of issue an invoice is to be paid.
ALTER TABLE manufacturers ADD COLUMN payment_term_days INTEGER NOT NULL DEFAULT 14
  CHECK (payment_term_days BETWEEN 0 AND 365);
