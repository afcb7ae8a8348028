-- Events of state changes (store/outbox.h). Transactions commit in another order than they insert; so a row is committed
-- without a position, and the sequencer numbers committed rows under a lock. Readers ask for position > n and never see
-- unnumbered rows.
CREATE TABLE outbox (
  row_id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  position BIGINT UNIQUE,
  kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  grid_path TEXT NOT NULL,
  min_right TEXT NOT NULL,
  at BIGINT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX outbox_unnumbered ON outbox (row_id) WHERE position IS NULL;

CREATE TABLE outbox_cursors (
  consumer TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL
);
