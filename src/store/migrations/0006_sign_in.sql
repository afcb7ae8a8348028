-- Sessions are listed and can be ended one by one. Those from before have no name to be listed by: everyone signs in anew.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN id INTEGER NOT NULL DEFAULT 0;       -- random
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';    -- where it was opened from
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';     -- "Edge, Windows"
CREATE UNIQUE INDEX sessions_by_id ON sessions (id);

-- Failed tries to sign in, by name and by address, so that a restart does not make guessing faster. Forgotten after a while.
CREATE TABLE sign_in_tries (
  key BLOB NOT NULL PRIMARY KEY,             -- keyed hash of the name or address
  failures INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  free_at INTEGER NOT NULL                   -- no try before
) STRICT, WITHOUT ROWID;

CREATE TABLE second_factors (
  user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
  secret BLOB NOT NULL,                      -- sealed
  created_at INTEGER NOT NULL,
  confirmed_at INTEGER,                      -- null: being set up, does not count yet
  last_step INTEGER NOT NULL                 -- of the last code that was taken: each counts once
) STRICT;

CREATE TABLE recovery_codes (
  user_id INTEGER NOT NULL REFERENCES users (id),
  hash BLOB NOT NULL,                        -- keyed
  used_at INTEGER,
  PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;

-- The first factor was right, the second is awaited.
CREATE TABLE pending_sign_ins (
  token_hash BLOB NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  by_link INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
  id INTEGER NOT NULL PRIMARY KEY,
  token_hash BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),  -- who made it and answers for it
  holder_id INTEGER NOT NULL REFERENCES users (id),  -- what it acts as: a user who cannot sign in, with holdings
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_used_at INTEGER,                      -- within ten minutes
  revoked_at INTEGER
) STRICT;
CREATE INDEX api_keys_by_holder ON api_keys (holder_id);

-- Single sign-on on its way: what was asked for, so that the answer counts once and for the browser that began.
CREATE TABLE sign_on_requests (
  state_hash BLOB NOT NULL PRIMARY KEY,
  browser_hash BLOB NOT NULL,                -- of the cookie that the browser was given
  secret BLOB NOT NULL,                      -- sealed: nonce and code verifier
  return_to TEXT NOT NULL,                   -- a path of the console
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which account of the single sign-on server is which user.
CREATE TABLE sign_on_accounts (
  issuer TEXT NOT NULL,
  subject TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  linked_at INTEGER NOT NULL,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
