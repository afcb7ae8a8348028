-- The companion (src/assist/companion*): what a machine said to residents, and where each talk with it stands.

-- One person and the machine in one group; it begins anew when it has been quiet for half a day.
CREATE TABLE companion_talks (
  group_id INTEGER NOT NULL REFERENCES groups (id),
  sender INTEGER NOT NULL,                   -- as messages.sender
  begun_at INTEGER,                          -- null: the machine has said nothing
  latest_at INTEGER,                         -- of the machine's words
  greeted INTEGER NOT NULL,
  over TEXT NOT NULL,                        -- no, resident, person: why it says nothing more
  asked TEXT NOT NULL,                       -- nothing, place, matter, answered: what its latest question was about
  said INTEGER NOT NULL,
  window_at INTEGER,
  in_window INTEGER NOT NULL,
  guided TEXT NOT NULL,                      -- the danger that it has said what to do about
  PRIMARY KEY (group_id, sender)
) STRICT, WITHOUT ROWID;
CREATE INDEX companion_talks_by_time ON companion_talks (latest_at);

-- When somebody on duty last wrote in the group by their own hand.
CREATE TABLE companion_persons (
  group_id INTEGER NOT NULL PRIMARY KEY REFERENCES groups (id),
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Everything that it said, made ready, or was silent about and called somebody for. The question stands in its message.
CREATE TABLE companion_answers (
  id INTEGER NOT NULL PRIMARY KEY,
  message_id INTEGER NOT NULL UNIQUE,        -- what is answered: nothing is answered twice
  group_id INTEGER NOT NULL REFERENCES groups (id),
  lead_id INTEGER REFERENCES leads (id),     -- that the message stands in
  grid_path TEXT NOT NULL,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,                        -- companion_talk.h
  why TEXT NOT NULL,
  called INTEGER NOT NULL,                   -- the person on call was woken
  way TEXT NOT NULL,                         -- said, prepared, none
  words_version INTEGER NOT NULL,
  model TEXT NOT NULL,                       -- that phrased it; empty: none
  content BLOB NOT NULL,                     -- sealed: text, sources
  verdict TEXT,                              -- right, wrong; null: nobody has looked yet
  looked_by INTEGER REFERENCES users (id),
  looked_at INTEGER,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX companion_answers_to_look_at ON companion_answers (id) WHERE verdict IS NULL;
CREATE INDEX companion_answers_by_lead ON companion_answers (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX companion_answers_by_group ON companion_answers (group_id, id);

-- Leads for which it calls the person on call, whatever the engine thinks of their urgency (src/notify rings them).
CREATE TABLE companion_calls (
  lead_id INTEGER NOT NULL PRIMARY KEY REFERENCES leads (id),
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX companion_calls_by_time ON companion_calls (at);

