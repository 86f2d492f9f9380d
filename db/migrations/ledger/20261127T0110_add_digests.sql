-- The morning's mail to a manufacturer's own people: whether they want it, and the newest due instant that was taken (null before the
-- first look).
ALTER TABLE manufacturers ADD COLUMN has_digest INTEGER NOT NULL DEFAULT 1 CHECK (has_digest IN (0, 1));
ALTER TABLE manufacturers ADD COLUMN digest_due_at INTEGER;
