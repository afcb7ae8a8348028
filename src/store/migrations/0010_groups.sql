-- Messages of each local hour of a group (days since 1970-01-01 * 24 + hour of the day), for weeks: its usual rhythm.
CREATE TABLE group_hours (
  group_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (group_id, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_hours_by_hour ON group_hours (hour);

-- What people are in a chat where the channel does not say it: by a piece of their name there, or one person.
CREATE TABLE member_rules (
  id INTEGER NOT NULL PRIMARY KEY,
  grid_id INTEGER REFERENCES grids (id),     -- null: everywhere
  contains TEXT NOT NULL DEFAULT '',         -- empty: for the person below
  channel_id INTEGER REFERENCES channels (id),
  sender INTEGER,                            -- the keyed hash of messages.sender
  label BLOB,                                -- sealed: the person's name when it was made
  role TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by INTEGER                         -- null: came with linli
) STRICT;
INSERT INTO member_rules (id, contains, role, created_at) VALUES
  (1, '网格员', 'grid_officer', 0), (2, '网格长', 'grid_officer', 0), (3, '居委会', 'community_staff', 0),
  (4, '社区工作', 'community_staff', 0), (5, '社区书记', 'community_staff', 0), (6, '物业', 'property', 0);
