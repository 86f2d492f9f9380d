-- Whose key is stored: null where Stripe did not say.
ALTER TABLE manufacturers ADD COLUMN stripe_account_id TEXT;

-- Invoices that were finalized in an account that is not connected any more. Nothing is told to Stripe or asked of it about them.
CREATE TABLE stripe_left_invoices (
  invoice_id TEXT PRIMARY KEY REFERENCES invoices (id),
  stripe_invoice_id TEXT NOT NULL,
  account_id TEXT,
  mode TEXT NOT NULL CHECK (mode IN ('test', 'live')),
  -- What Stripe last said; null where it was being finalized and did not answer.
  status TEXT CHECK (status IN ('draft', 'open', 'paid', 'void', 'uncollectible', 'gone')),
  left_at INTEGER NOT NULL
) STRICT;
