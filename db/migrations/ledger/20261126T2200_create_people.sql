-- Who may sign in, as what. `people`, `sessions`, `accounts` and `verifications` are written by better-auth: their instants are
-- its RFC 3339 texts in UTC, all of the same length, so that they compare as text. Everything else is ours, in milliseconds.
CREATE TABLE people (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE CHECK (email = lower(email) AND email <> ''),
  name TEXT NOT NULL,
  language TEXT NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'de')),
  -- Somebody opened a link or gave a code that was sent there.
  is_email_verified INTEGER NOT NULL DEFAULT 0 CHECK (is_email_verified IN (0, 1)),
  image TEXT,
  last_sign_in_at INTEGER,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

-- What a person may do, and with whose data. Without a manufacturer it is the installation.
CREATE TABLE memberships (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  role TEXT NOT NULL,
  manufacturer_id TEXT REFERENCES manufacturers (id),
  customer_id TEXT REFERENCES customers (id),
  -- What the inviter called the person: all that he sees until the invitation is accepted.
  invited_name TEXT NOT NULL,
  invited_at INTEGER NOT NULL,
  accepted_at INTEGER,
  removed_at INTEGER,
  CHECK (
    (role = 'installation_admin' AND manufacturer_id IS NULL AND customer_id IS NULL)
    OR (role IN ('manufacturer_admin', 'operator', 'finance', 'auditor') AND manufacturer_id IS NOT NULL AND customer_id IS NULL)
    OR (role IN ('customer_owner', 'customer_member') AND manufacturer_id IS NOT NULL AND customer_id IS NOT NULL)
  )
) STRICT;

CREATE UNIQUE INDEX memberships_once ON memberships (person_id, coalesce(manufacturer_id, ''), coalesce(customer_id, ''))
WHERE removed_at IS NULL;

CREATE INDEX memberships_by_manufacturer ON memberships (manufacturer_id, id);

CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  -- The cookie is this with a signature, so a copy of the database opens no session.
  token TEXT NOT NULL UNIQUE,
  active_membership_id TEXT REFERENCES memberships (id),
  ip_address TEXT,
  user_agent TEXT,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE INDEX sessions_by_person ON sessions (person_id);

-- A password, if the person has one (provider `credential`).
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES people (id),
  account_id TEXT NOT NULL,
  provider_id TEXT NOT NULL CHECK (provider_id = 'credential'),
  password TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (person_id, provider_id)
) STRICT;

-- Codes that were sent, as keyed hashes with the number of wrong guesses; a new one takes the place of the old one.
CREATE TABLE verifications (
  id TEXT PRIMARY KEY,
  identifier TEXT NOT NULL UNIQUE,
  value TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

-- One-time links, as SHA-256 of their 256 random bits. Whoever opens one accepts the membership and is signed in.
CREATE TABLE sign_in_links (
  token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
  membership_id TEXT NOT NULL REFERENCES memberships (id),
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX sign_in_links_by_membership ON sign_in_links (membership_id);
