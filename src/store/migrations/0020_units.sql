-- Handling units and their sub-tasks, parents and children, the promise of cases filed by hand (src/cases, src/notify).

-- 承办单位: property, gas, water …
CREATE TABLE units (
  id INTEGER NOT NULL PRIMARY KEY,
  revision INTEGER NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,                        -- cases/units.h
  contact BLOB NOT NULL,                     -- sealed: who is rung up there, their number, a note
  retired_at INTEGER,                        -- given nothing more
  changed_by INTEGER NOT NULL REFERENCES users (id),
  changed_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX units_name ON units (name) WHERE retired_at IS NULL;

-- The grids that a unit serves, and what lies below; none: all.
CREATE TABLE unit_grids (
  unit_id INTEGER NOT NULL REFERENCES units (id),
  grid_id INTEGER NOT NULL REFERENCES grids (id),
  PRIMARY KEY (unit_id, grid_id)
) STRICT, WITHOUT ROWID;

-- 子任务: a piece of a case, with a unit, by a link.
CREATE TABLE case_tasks (
  id INTEGER NOT NULL PRIMARY KEY,
  case_id INTEGER NOT NULL REFERENCES cases (id),
  seq INTEGER NOT NULL,                      -- 1, 2, 3 of its case
  unit_id INTEGER NOT NULL REFERENCES units (id),
  state TEXT NOT NULL,                       -- cases/task_workflow.h
  version INTEGER NOT NULL,
  sent_by INTEGER NOT NULL REFERENCES users (id),
  sent_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  seen_at INTEGER,                           -- the link was opened for the first time
  accepted_at INTEGER,
  done_at INTEGER,
  ended_at INTEGER,
  link_hash BLOB NOT NULL,                   -- of its token; the token itself is told once
  link_until INTEGER NOT NULL,
  link_open INTEGER NOT NULL,                -- 0: revoked
  contact_why TEXT NOT NULL,                 -- consent, emergency; empty: nothing of the resident is shown
  content BLOB NOT NULL,                     -- sealed: what, place, contact, reason, report; empty: erased
  UNIQUE (case_id, seq)
) STRICT;
CREATE UNIQUE INDEX case_tasks_link ON case_tasks (link_hash);

-- Photos that the unit sees.
CREATE TABLE case_task_pictures (
  task_id INTEGER NOT NULL REFERENCES case_tasks (id),
  attachment_id INTEGER NOT NULL,
  PRIMARY KEY (task_id, attachment_id)
) STRICT, WITHOUT ROWID;

-- Lists show a parent with the count of its children, not the children.
CREATE INDEX cases_of_parent ON cases (parent_id) WHERE parent_id IS NOT NULL;
DROP INDEX cases_on_board;
CREATE INDEX cases_on_board ON cases (grid_path, state, late_at, assignee, urged_at, supervised_at, parent_id);

-- The promise of a case filed by hand: how far it was followed, as leads.promise_step; null: it has none.
ALTER TABLE cases ADD COLUMN promise_step INTEGER;
ALTER TABLE cases ADD COLUMN answered_at INTEGER;
CREATE INDEX cases_promise ON cases (promise_step, opened_at) WHERE promise_step < 3;

CREATE TABLE case_promise_steps (
  case_id INTEGER NOT NULL REFERENCES cases (id),
  step TEXT NOT NULL,                        -- amber, call_leader, breach
  at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  cause TEXT,
  told INTEGER NOT NULL,
  PRIMARY KEY (case_id, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_promise_breaches ON case_promise_steps (at) WHERE step = 'breach';
CREATE INDEX case_promise_untold ON case_promise_steps (case_id) WHERE told = 0;

-- Words that are said once for several leads of one group: those of another reply, which has them sent.
ALTER TABLE replies ADD COLUMN with_reply INTEGER REFERENCES replies (id);
CREATE INDEX replies_with ON replies (with_reply) WHERE with_reply IS NOT NULL;
