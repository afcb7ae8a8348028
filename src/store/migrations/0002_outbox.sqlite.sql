-- Events of state changes (store/outbox.h). The one writer appends, so rows are numbered in commit order as they go in;
-- AUTOINCREMENT: a position is never given twice, also when all older ones are pruned.
CREATE TABLE outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  subject_id INTEGER NOT NULL,
  grid_path TEXT NOT NULL,
  min_right TEXT NOT NULL,
  at INTEGER NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE outbox_cursors (
  consumer TEXT NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
