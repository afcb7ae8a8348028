-- What the office has written down to be said again (assist/knowledge.h). Texts of the office, made to be told to everyone:
-- nobody's personal data, so they stand in the open.
CREATE TABLE knowledge (
  id INTEGER NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,                       -- draft, published, withdrawn
  title TEXT NOT NULL,
  questions TEXT NOT NULL,                   -- JSON: how people ask it
  answer TEXT NOT NULL,
  sources TEXT NOT NULL,                     -- JSON: {title, office, link}
  grid_id INTEGER REFERENCES grids (id),     -- there and below; null: everywhere
  category TEXT NOT NULL,                    -- of the taxonomy; empty: none
  valid_from INTEGER,                        -- days, both included; null: no end on that side
  valid_to INTEGER,
  review_on INTEGER,                         -- the day somebody looks whether it still holds
  owner_id INTEGER REFERENCES users (id),
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by INTEGER                         -- null: a command
) STRICT;

-- Questions that no entry answered. The words stay in the leads: here stand who asked (as leads), how often and when.
CREATE TABLE knowledge_gaps (
  id INTEGER NOT NULL PRIMARY KEY,
  grid_path TEXT NOT NULL,
  words INTEGER NOT NULL,                    -- keyed hash of what was asked: the same question counts together
  category TEXT NOT NULL,
  state TEXT NOT NULL,                       -- open, answered, dismissed
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  entry_id INTEGER REFERENCES knowledge (id),
  closed_at INTEGER,
  closed_by INTEGER
) STRICT;
CREATE INDEX knowledge_gaps_by_words ON knowledge_gaps (words, grid_path);
CREATE INDEX knowledge_gaps_open ON knowledge_gaps (state, last_at);

CREATE TABLE knowledge_gap_leads (
  lead_id INTEGER NOT NULL PRIMARY KEY,
  gap_id INTEGER NOT NULL REFERENCES knowledge_gaps (id),
  asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX knowledge_gap_leads_by_gap ON knowledge_gap_leads (gap_id, asked_at);
