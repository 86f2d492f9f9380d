-- Which creating calls were made under a key of the caller's, for a day. An answer is kept only where it holds no secret.
CREATE TABLE idempotency_keys (
  actor_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL CHECK (length(request_hash) = 64),
  -- Absent while the call is under way.
  status INTEGER CHECK (status BETWEEN 200 AND 399),
  answer TEXT,
  location TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (actor_id, key),
  CHECK (status IS NOT NULL OR (answer IS NULL AND location IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
