-- Residents who want none of it: what they write is neither kept nor analysed. Known by the keyed hash of messages.sender.
-- Who came back stays too, so that their old words, told again, do not count again.
CREATE TABLE opt_outs (
  channel_id INTEGER NOT NULL REFERENCES channels (id),
  sender INTEGER NOT NULL,
  opted_out INTEGER NOT NULL,                -- 0: came back
  said_at INTEGER NOT NULL,
  PRIMARY KEY (channel_id, sender)
) STRICT, WITHOUT ROWID;

-- The page that a group's notice links to: /notice/TOKEN. No secret, everyone in the group reads it.
ALTER TABLE groups ADD COLUMN notice_token TEXT;

-- What a district decides and changes in pages: one row a matter.
CREATE TABLE policies (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL,                       -- JSON
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by INTEGER
) STRICT, WITHOUT ROWID;
