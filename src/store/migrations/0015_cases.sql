-- Cases (src/cases): the work that a lead needs, or that was filed by hand.

CREATE TABLE cases (
  id INTEGER NOT NULL PRIMARY KEY,
  number TEXT NOT NULL UNIQUE,               -- JN-20261123-0042, for people
  lead_id INTEGER UNIQUE REFERENCES leads (id),  -- null: filed by hand
  parent_id INTEGER REFERENCES cases (id),
  grid_path TEXT NOT NULL,
  category TEXT NOT NULL,
  urgency INTEGER NOT NULL,
  state TEXT NOT NULL,                       -- cases/workflow.h
  revision INTEGER NOT NULL,                 -- rises with any change
  version INTEGER NOT NULL,                  -- rises with every step; the ETag
  opened_by INTEGER NOT NULL REFERENCES users (id),
  opened_at INTEGER NOT NULL,
  assignee INTEGER REFERENCES users (id),
  raised_to TEXT NOT NULL,                   -- grid path up to which it was escalated; empty: not
  bounces INTEGER NOT NULL,                  -- how often it was returned or passed on
  confidential INTEGER NOT NULL,
  came_by TEXT NOT NULL,                     -- lead, phone, door, counter
  answer_by TEXT NOT NULL,                   -- group, phone, door, counter, none
  accept_from INTEGER,                       -- the clock until it is accepted: since when, how long, of working time or not
  accept_minutes INTEGER NOT NULL,
  accept_working INTEGER NOT NULL,
  accept_by INTEGER,
  due_from INTEGER NOT NULL,                 -- the clock until it is reported done
  due_minutes INTEGER NOT NULL,
  due_working INTEGER NOT NULL,
  due_at INTEGER,                            -- null: suspended
  seen_at INTEGER,                           -- by the assignee, for the first time
  accepted_at INTEGER,
  done_at INTEGER,
  closed_at INTEGER,
  wake_day INTEGER,                          -- suspended until then
  urged_at INTEGER,
  urged_by INTEGER REFERENCES users (id),
  urged_due INTEGER,
  supervised_at INTEGER,
  supervised_by INTEGER REFERENCES users (id),
  supervised_due INTEGER,
  stars INTEGER,
  is_open INTEGER NOT NULL,
  late_at INTEGER,                           -- when it becomes late as it stands; null: it does not
  order_key INTEGER NOT NULL,                -- of open ones: emergencies first, then what is due first
  lead_state_before TEXT,                    -- taking the dispatch back brings it back
  dispatch_reply INTEGER,                    -- the words that went with it
  content BLOB NOT NULL                      -- sealed: title, summary, place, contact, reason, who is responsible
) STRICT;
-- With what scope and counts ask for, so that they need not look at the rows.
CREATE INDEX cases_open ON cases (order_key, id, grid_path) WHERE is_open = 1;
CREATE INDEX cases_on_board ON cases (grid_path, state, late_at, assignee, urged_at, supervised_at);
CREATE INDEX cases_of_assignee ON cases (assignee, order_key, id) WHERE is_open = 1;
CREATE INDEX cases_by_state ON cases (state, id);
CREATE INDEX cases_asleep ON cases (wake_day) WHERE state = 'suspended';

-- What happened to a case; never changed.
CREATE TABLE case_timeline (
  case_id INTEGER NOT NULL REFERENCES cases (id),
  seq INTEGER NOT NULL,                      -- the revision that it made
  at INTEGER NOT NULL,
  user_id INTEGER REFERENCES users (id),     -- null: the machine
  kind TEXT NOT NULL,                        -- an action, or filed, dispatched_from_lead
  state TEXT NOT NULL,                       -- afterwards
  visibility TEXT NOT NULL,                  -- staff, public: a resident may be told that it happened
  to_user INTEGER REFERENCES users (id),
  detail BLOB NOT NULL,                      -- sealed: note, reason …
  PRIMARY KEY (case_id, seq)
) STRICT, WITHOUT ROWID;

-- While it was suspended its clock stood.
CREATE TABLE case_pauses (
  case_id INTEGER NOT NULL REFERENCES cases (id),
  from_at INTEGER NOT NULL,
  to_at INTEGER,                             -- null: still
  PRIMARY KEY (case_id, from_at)
) STRICT, WITHOUT ROWID;

-- The daily counter of a number's prefix.
CREATE TABLE case_numbers (
  prefix TEXT NOT NULL,
  day INTEGER NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (prefix, day)
) STRICT, WITHOUT ROWID;
