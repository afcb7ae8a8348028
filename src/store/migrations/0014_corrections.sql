-- What people change on a lead beside confirming and dismissing it: fields, merging, splitting, moving messages, many at once.

-- Merged: the lead that its messages stand in now.
ALTER TABLE leads ADD COLUMN merged_into INTEGER;
-- Fields that a person set and no later look of the machine changes; bits: 1 category, 2 urgency, 4 place, 8 summary.
ALTER TABLE leads ADD COLUMN by_person INTEGER NOT NULL DEFAULT 0;
CREATE INDEX leads_merged ON leads (merged_into) WHERE merged_into IS NOT NULL;

-- How a merged lead stood before, so that it can stand so again. Gone when the merge is undone.
CREATE TABLE lead_merges (
  lead_id INTEGER NOT NULL PRIMARY KEY REFERENCES leads (id),
  at INTEGER NOT NULL,
  state_before TEXT NOT NULL,
  decided_by_before INTEGER,
  decided_at_before INTEGER,
  into_answered_before INTEGER               -- leads.answered_at of the survivor
) STRICT, WITHOUT ROWID;
-- The messages that it brought along.
CREATE TABLE merged_messages (
  lead_id INTEGER NOT NULL REFERENCES lead_merges (lead_id),
  message_id INTEGER NOT NULL,
  PRIMARY KEY (lead_id, message_id)
) STRICT, WITHOUT ROWID;

-- Where a person said that a message belongs; the machine moves it no more.
CREATE TABLE moved_messages (
  message_id INTEGER NOT NULL PRIMARY KEY,
  lead_id INTEGER REFERENCES leads (id),     -- null: to none
  user_id INTEGER NOT NULL REFERENCES users (id),
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX moved_messages_apart ON moved_messages (message_id) WHERE lead_id IS NULL;

-- What the machine saw and what a person said instead: examples to learn from.
CREATE TABLE lead_corrections (
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  field TEXT NOT NULL,                       -- category, urgency, place
  content BLOB NOT NULL,                     -- sealed: from, to
  user_id INTEGER NOT NULL REFERENCES users (id),
  at INTEGER NOT NULL,
  PRIMARY KEY (lead_id, field)
) STRICT, WITHOUT ROWID;

-- Decisions that were made together, and how each left its lead: what still stands so can be taken back together.
CREATE TABLE lead_batches (
  id INTEGER NOT NULL PRIMARY KEY,
  action TEXT NOT NULL,                      -- confirm, dismiss, merge
  user_id INTEGER NOT NULL REFERENCES users (id),
  at INTEGER NOT NULL,
  undone_at INTEGER
) STRICT;
CREATE TABLE lead_batch_items (
  batch_id INTEGER NOT NULL REFERENCES lead_batches (id),
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  decision_version INTEGER NOT NULL,
  PRIMARY KEY (batch_id, lead_id)
) STRICT, WITHOUT ROWID;
