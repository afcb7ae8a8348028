-- Chat exports on their way in. Their bytes lie sealed in the folder imports/ until they are read or given up.
CREATE TABLE imports (
  id INTEGER NOT NULL PRIMARY KEY,
  group_id INTEGER NOT NULL REFERENCES groups (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  state TEXT NOT NULL,                       -- receiving, looking, asking, ready, running, done, cancelled, failed
  body BLOB NOT NULL,                        -- sealed: file name, choices, what it looks like, counts (channels/imports.h)
  created_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;

-- Which columns of a table mean what, as a person said it: asked once for a group and a set of headings.
CREATE TABLE import_columns (
  group_id INTEGER NOT NULL REFERENCES groups (id),
  headings INTEGER NOT NULL,                 -- hash of the headings
  columns TEXT NOT NULL,                     -- JSON: meaning -> heading
  PRIMARY KEY (group_id, headings)
) STRICT, WITHOUT ROWID;

-- The names under which people opted out (or in again): what is imported knows them by these only. Keyed hashes.
CREATE TABLE opt_out_names (
  channel_id INTEGER NOT NULL REFERENCES channels (id),
  name INTEGER NOT NULL,
  opted_out INTEGER NOT NULL,
  said_at INTEGER NOT NULL,
  PRIMARY KEY (channel_id, name)
) STRICT, WITHOUT ROWID;
