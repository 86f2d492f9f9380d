-- Mail on its way out, enqueued in the transaction of its cause.
CREATE TABLE mails (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Absent for what concerns the installation.
  manufacturer_id TEXT REFERENCES manufacturers (id),
  template TEXT NOT NULL,
  language TEXT NOT NULL CHECK (language IN ('en', 'de')),
  to_address TEXT NOT NULL,
  to_name TEXT,
  subject TEXT NOT NULL,
  -- What it is written from. Of mail that lets somebody in, it is cleared with the text as soon as that is sent or given up.
  data TEXT CHECK (data IS NULL OR json_valid(data)),
  is_secret INTEGER NOT NULL CHECK (is_secret IN (0, 1)),
  -- Fixed by the first attempt: every attempt sends the same.
  message_id TEXT UNIQUE,
  body_text TEXT,
  body_html TEXT,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed', 'bounced')),
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  -- Until when it is tried; counted anew when somebody asks for another attempt.
  give_up_at INTEGER NOT NULL,
  -- Also until when the attempt under way keeps others from it.
  next_attempt_at INTEGER,
  sent_at INTEGER,
  problem TEXT,
  created_at INTEGER NOT NULL,
  CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL)),
  CHECK ((state = 'sent') = (sent_at IS NOT NULL)),
  CHECK (state <> 'waiting' OR data IS NOT NULL),
  CHECK (is_secret = 0 OR state = 'waiting' OR (data IS NULL AND body_text IS NULL AND body_html IS NULL))
) STRICT;

CREATE INDEX mails_waiting ON mails (next_attempt_at) WHERE state = 'waiting';

CREATE INDEX mails_by_manufacturer ON mails (manufacturer_id, id);
