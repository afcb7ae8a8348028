-- Words to residents, the one way out that all of them take, and who is at which lead.

-- What a person answered to a lead. A group's words go through `outgoing`; said by phone or at the door, it is told.
CREATE TABLE replies (
  id INTEGER NOT NULL PRIMARY KEY,
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  at INTEGER NOT NULL,
  way TEXT NOT NULL,                         -- group, phone, door, one_to_one
  ends INTEGER NOT NULL,                     -- 0: a question back, or a word in between; the lead stays with the desk
  state_before TEXT NOT NULL,                -- of the lead: taking back brings it back
  was_answered INTEGER NOT NULL,             -- somebody on duty had answered before: what they say does not withdraw this
  content BLOB NOT NULL,                     -- sealed: text, sources, whether words of a machine are in it
  withdrawn_at INTEGER,
  withdrawn_why TEXT                         -- taken_back, answered_by_hand
) STRICT;
CREATE INDEX replies_by_lead ON replies (lead_id, id);

-- Everything that linli says to a group. Rows are never removed: unique by what it is for, so that nothing is said twice.
CREATE TABLE outgoing (
  id INTEGER NOT NULL PRIMARY KEY,
  purpose TEXT NOT NULL,                     -- reply …
  subject_id INTEGER NOT NULL,               -- of the reply …
  group_id INTEGER NOT NULL REFERENCES groups (id),
  state TEXT NOT NULL,                       -- held, queued, sending, sent, failed, unknown, to_relay, relayed, withdrawn
  due_at INTEGER NOT NULL,                   -- held: until when it can be taken back; queued: when it is tried next
  tries INTEGER NOT NULL DEFAULT 0,
  error TEXT,                                -- code of the latest failure
  why BLOB,                                  -- sealed: what the other side said
  words BLOB NOT NULL,                       -- sealed: text, quoted message's id of the channel
  words_hash INTEGER NOT NULL,               -- keyed hash of their normal form: known again when the group echoes them
  external_id TEXT,                          -- the channel's id of the message
  said_at INTEGER,                           -- sent by the channel, or marked as said by hand
  said_by INTEGER REFERENCES users (id),     -- who marked it
  heard_at INTEGER,                          -- when the words were heard back in the group
  UNIQUE (purpose, subject_id, group_id)
) STRICT;
CREATE INDEX outgoing_due ON outgoing (due_at) WHERE state IN ('held', 'queued');
CREATE INDEX outgoing_sending ON outgoing (id) WHERE state = 'sending';
CREATE INDEX outgoing_echo ON outgoing (group_id, words_hash) WHERE heard_at IS NULL;
CREATE INDEX outgoing_relay ON outgoing (group_id) WHERE state = 'to_relay';

-- Where a channel posts the words that go out; null: people copy them. Only those of this kind can.
ALTER TABLE channels ADD COLUMN send_url TEXT;

-- Said by hand at that moment, not yet heard in the group: the promise is claimed, not proved.
ALTER TABLE leads ADD COLUMN claimed_at INTEGER;

-- Who is at a lead just now. It lapses by itself.
CREATE TABLE claims (
  lead_id INTEGER NOT NULL PRIMARY KEY REFERENCES leads (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  doing TEXT NOT NULL,                       -- viewing, writing
  since INTEGER NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
