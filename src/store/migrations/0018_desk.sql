-- What a person keeps of the desk, and replies sent to many leads at once.

-- Ways of looking at the queue, by name: a JSON list.
CREATE TABLE saved_views (
  user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
  views TEXT NOT NULL,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A batch of replies: the words that it sent to this lead.
ALTER TABLE lead_batch_items ADD COLUMN reply_id INTEGER;
