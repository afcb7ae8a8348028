-- The first schema. Written for SQLite; for PostgreSQL whole words are replaced when it runs: INTEGER -> BIGINT,
-- BLOB -> BYTEA, REAL -> DOUBLE PRECISION, and STRICT and WITHOUT ROWID vanish (see store/migrate.h).
-- Ids are 64 bits and drawn by the program (base/id.h). Instants are UTC milliseconds, days are days since 1970-01-01.
-- "sealed": ciphertext by store/sealing.h, with its key version inside; the place that it is bound to is "table.column".

-- Keeps the key and the database together: one value per key version, sealed, compared at start.
CREATE TABLE sealing_check (
  key_version INTEGER NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;

-- Ways in. A channel's secrets verify what arrives; the previous one still counts while a secret is being changed.
CREATE TABLE channels (
  id INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,                        -- webhook, file …
  secret BLOB,                               -- sealed
  secret_previous BLOB,                      -- sealed
  admit_all INTEGER NOT NULL DEFAULT 0,      -- new groups are admitted by themselves (demo)
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

-- Chat groups that a channel has named. Only admitted ones are read.
CREATE TABLE groups (
  id INTEGER NOT NULL PRIMARY KEY,
  channel_id INTEGER NOT NULL REFERENCES channels (id),
  external_id TEXT NOT NULL,                 -- the channel's own id
  name TEXT NOT NULL DEFAULT '',
  street TEXT NOT NULL DEFAULT '',
  community TEXT NOT NULL DEFAULT '',
  grid TEXT NOT NULL DEFAULT '',
  grid_path TEXT NOT NULL DEFAULT '',        -- "street/community/grid": for scope
  state TEXT NOT NULL,                       -- waiting, admitted, refused
  admitted_at INTEGER,
  admitted_by INTEGER,
  legal_basis TEXT NOT NULL DEFAULT '',
  responsible TEXT NOT NULL DEFAULT '',      -- the responsible body
  notice_at INTEGER,                         -- when the notice was posted in the group
  last_heard_at INTEGER,
  message_count INTEGER NOT NULL DEFAULT 0,  -- stored messages, as of the cursor "group_counts"
  dropped_count INTEGER NOT NULL DEFAULT 0,  -- messages that were counted and thrown away, ever
  UNIQUE (channel_id, external_id)
) STRICT;

-- What was thrown away before it was stored: numbers only.
CREATE TABLE dropped (
  channel_id INTEGER NOT NULL REFERENCES channels (id),
  reason TEXT NOT NULL,                      -- not_admitted, one_to_one, refused
  day INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (channel_id, reason, day)
) STRICT, WITHOUT ROWID;

-- The directory of places that a community's list tells: compounds, buildings, roads, shops.
CREATE TABLE places (
  community TEXT NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (community, name)
) STRICT, WITHOUT ROWID;

-- Identity of messages, apart from them, so that messages can be partitioned by month: decides new or known.
CREATE TABLE message_keys (
  channel_id INTEGER NOT NULL,
  external_id TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  PRIMARY KEY (channel_id, external_id)
) STRICT, WITHOUT ROWID;

-- Messages as they came, never changed but for their flags. Ids rise in commit order.
CREATE TABLE messages (
  id INTEGER NOT NULL PRIMARY KEY,
  channel_id INTEGER NOT NULL,
  group_id INTEGER NOT NULL,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  role INTEGER NOT NULL,
  type INTEGER NOT NULL,
  flags INTEGER NOT NULL,                    -- bits: 1 live, 2 time clamped, 4 recalled, 8 mentions all
  sender INTEGER NOT NULL,                   -- keyed hash of the sender's id, for equality
  body BLOB NOT NULL                         -- sealed: sender, sender name, text, reply_to, mentions, recalls
) STRICT;
CREATE INDEX messages_by_group ON messages (group_id, id);

CREATE TABLE attachments (
  id INTEGER NOT NULL PRIMARY KEY,
  message_id INTEGER NOT NULL,
  position INTEGER NOT NULL,                 -- within the message, from 0
  name BLOB NOT NULL,                        -- sealed
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,                     -- bytes before sealing
  blob BLOB                                  -- digest in blobs/; null: the channel gave only the name
) STRICT;
CREATE INDEX attachments_by_message ON attachments (message_id, position);
CREATE INDEX attachments_by_blob ON attachments (blob) WHERE blob IS NOT NULL;

CREATE TABLE leads (
  id INTEGER NOT NULL PRIMARY KEY,
  opening_message_id INTEGER NOT NULL UNIQUE,  -- names the lead in the pure core
  state TEXT NOT NULL,                       -- open, confirmed, dismissed, merged, answered, in_case
  revision INTEGER NOT NULL,                 -- rises with any change
  decision_version INTEGER NOT NULL,         -- rises when people decide
  community TEXT NOT NULL,
  grid_path TEXT NOT NULL,
  group_id INTEGER NOT NULL,                 -- of the first message
  group_ids TEXT NOT NULL,                   -- in order of appearance, separated by commas
  category TEXT NOT NULL,
  urgency INTEGER NOT NULL,
  reply_suffices INTEGER NOT NULL,           -- handling: reply or workflow
  area_wide INTEGER NOT NULL,
  review INTEGER NOT NULL,
  resolved INTEGER NOT NULL,
  live INTEGER NOT NULL,
  content BLOB NOT NULL,                     -- sealed: place, summary, reasons
  model_version TEXT NOT NULL,
  asked_at INTEGER NOT NULL,
  opened_at INTEGER NOT NULL,
  latest_at INTEGER NOT NULL,
  answered_at INTEGER,
  message_count INTEGER NOT NULL,
  decided_by INTEGER,
  decided_at INTEGER,
  dismiss_reason TEXT,
  note BLOB                                  -- sealed
) STRICT;
CREATE INDEX leads_queue ON leads (state, live, asked_at, id);
CREATE INDEX leads_latest ON leads (latest_at);

-- A message stands in one lead at most.
CREATE TABLE lead_messages (
  message_id INTEGER NOT NULL PRIMARY KEY,
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  act INTEGER NOT NULL,
  score REAL NOT NULL,
  reasons BLOB NOT NULL                      -- sealed
) STRICT;
CREATE INDEX lead_messages_by_lead ON lead_messages (lead_id, message_id);

-- What happened to a lead, by whom. Only added to.
CREATE TABLE lead_history (
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL,
  user_id INTEGER,                           -- null: the machine
  model_version TEXT NOT NULL,               -- of the machine
  kind TEXT NOT NULL,
  detail BLOB NOT NULL,                      -- sealed
  PRIMARY KEY (lead_id, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
  id INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,                 -- for signing in, lower case
  display_name TEXT NOT NULL,
  password_hash TEXT,                        -- argon2id; null: no password yet
  role TEXT NOT NULL,                        -- administrator, agent …
  locale TEXT,                               -- null: the browser's
  created_at INTEGER NOT NULL,
  disabled_at INTEGER
) STRICT;

-- Grid paths that a user may see; administrators need none.
CREATE TABLE user_grids (
  user_id INTEGER NOT NULL REFERENCES users (id),
  grid_path TEXT NOT NULL,
  PRIMARY KEY (user_id, grid_path)
) STRICT, WITHOUT ROWID;

-- Tokens are stored as hashes only.
CREATE TABLE sessions (
  token_hash BLOB NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  by_link INTEGER NOT NULL,                  -- came from a one-time link: the password may be set without the old one
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE sign_in_links (
  token_hash BLOB NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  expires_at INTEGER NOT NULL,
  used_at INTEGER
) STRICT, WITHOUT ROWID;

-- Answers to posts with an Idempotency-Key, so that a repeated one changes nothing.
CREATE TABLE idempotency_keys (
  user_id INTEGER NOT NULL,
  key TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  answer BLOB NOT NULL,                      -- sealed
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Where a reader of some stream stands (an importer, the pipeline that places messages …).
CREATE TABLE cursors (
  name TEXT NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
