-- A mail that was sent may come back days later: it has bounced then and was sent all the same, which the old constraints refused.
-- SQLite changes constraints by making the table anew; nothing refers to it.
CREATE TABLE mails_with_bounces (
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
  -- What it is mailed for ("invoice inv_…"), where nobody may get two mails for the same.
  cause TEXT,
  -- Fixed by the first attempt: every attempt sends the same.
  message_id TEXT UNIQUE,
  body_text TEXT,
  body_html TEXT,
  -- Random; reports of failed delivery name the mail by it, so that nobody can invent one.
  bounce_key TEXT UNIQUE,
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
  CHECK (state <> 'sent' OR sent_at IS NOT NULL),
  CHECK (state IN ('sent', 'bounced') OR sent_at IS NULL),
  CHECK (state <> 'waiting' OR data IS NOT NULL),
  CHECK (is_secret = 0 OR state = 'waiting' OR (data IS NULL AND body_text IS NULL AND body_html IS NULL))
) STRICT;

INSERT INTO mails_with_bounces (
  id, manufacturer_id, template, language, to_address, to_name, subject, data, is_secret, message_id, body_text, body_html, state,
  attempts, give_up_at, next_attempt_at, sent_at, problem, created_at
)
SELECT
  id, manufacturer_id, template, language, to_address, to_name, subject, data, is_secret, message_id, body_text, body_html, state,
  attempts, give_up_at, next_attempt_at, sent_at, problem, created_at
FROM mails;

DROP TABLE mails;

ALTER TABLE mails_with_bounces RENAME TO mails;

CREATE INDEX mails_waiting ON mails (next_attempt_at) WHERE state = 'waiting';

CREATE INDEX mails_by_manufacturer ON mails (manufacturer_id, id);

CREATE UNIQUE INDEX mails_by_cause ON mails (cause, to_address) WHERE cause IS NOT NULL;
