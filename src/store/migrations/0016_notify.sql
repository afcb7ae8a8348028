-- The promise's steps, and who is told of what, by which way (src/notify).

-- How far a lead's promise has been followed: 0 from its start, 1 amber, 2 shift leader called, 3 over (broken, or kept).
-- What was asked before this table is not followed any more.
ALTER TABLE leads ADD COLUMN promise_step INTEGER NOT NULL DEFAULT 0;
UPDATE leads SET promise_step = 3;
CREATE INDEX leads_promise ON leads (promise_step, asked_at) WHERE live = 1 AND promise_step < 3;
CREATE INDEX leads_emergencies ON leads (id) WHERE urgency = 1 AND live = 1 AND state = 'open';

-- When somebody first had it open on the desk; claims themselves lapse.
ALTER TABLE leads ADD COLUMN looked_at INTEGER;

CREATE TABLE promise_steps (
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  step TEXT NOT NULL,                        -- amber, call_leader, breach
  at INTEGER NOT NULL,                       -- when it was crossed
  recorded_at INTEGER NOT NULL,
  cause TEXT,                                -- of a breach: not_delivered, not_answered, nobody_on_duty …
  told INTEGER NOT NULL,                     -- whether those whom it concerns were told
  PRIMARY KEY (lead_id, step)
) STRICT, WITHOUT ROWID;
CREATE INDEX promise_steps_recorded ON promise_steps (recorded_at);
CREATE INDEX promise_steps_breaches ON promise_steps (at) WHERE step = 'breach';
CREATE INDEX promise_steps_untold ON promise_steps (lead_id) WHERE told = 0;

-- Emergencies that were rung: each lead once, round by round until somebody has it.
CREATE TABLE alarms (
  lead_id INTEGER NOT NULL PRIMARY KEY REFERENCES leads (id),
  rung_at INTEGER NOT NULL,
  round INTEGER NOT NULL,
  next_at INTEGER,                           -- of the next round; null: over
  over_why TEXT,                             -- acknowledged, at_work, decided, nobody_left, before
  acknowledged_by INTEGER REFERENCES users (id),
  acknowledged_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX alarms_next ON alarms (next_at) WHERE next_at IS NOT NULL;
INSERT INTO alarms (lead_id, rung_at, round, over_why) SELECT id, asked_at, 0, 'before' FROM leads WHERE urgency = 1;

-- What is addressed to one person. Texts are made when they are read: no words stand here.
CREATE TABLE notifications (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  kind TEXT NOT NULL,                        -- emergency, amber, call_leader, breach
  subject_id INTEGER NOT NULL,               -- the lead; of a digest: its own id
  round INTEGER NOT NULL,
  digest INTEGER NOT NULL,                   -- stands for many of its kind
  count INTEGER NOT NULL,                    -- how many
  at INTEGER NOT NULL,                       -- of a digest: the latest
  seen_at INTEGER,
  acknowledged_at INTEGER,
  UNIQUE (user_id, kind, subject_id)
) STRICT;
CREATE INDEX notifications_unseen ON notifications (user_id, id) WHERE seen_at IS NULL;
CREATE INDEX notifications_recent ON notifications (user_id, kind, at);
CREATE INDEX notifications_by_subject ON notifications (subject_id);

-- Every try to reach somebody. Rows stand for the log and so that nothing goes out twice.
CREATE TABLE deliveries (
  id INTEGER NOT NULL PRIMARY KEY,
  way TEXT NOT NULL,                         -- in_app, email, robot, webhook
  kind TEXT NOT NULL,
  subject_id INTEGER NOT NULL,               -- as in notifications
  user_id INTEGER NOT NULL,                  -- 0: the district's robot or webhook
  round INTEGER NOT NULL,
  state TEXT NOT NULL,                       -- queued, sending, sent, failed, unknown, skipped
  due_at INTEGER NOT NULL,                   -- queued: when it is tried; sending: since when
  tries INTEGER NOT NULL,
  reason TEXT,                               -- quiet_hours, over, off, not_reached, refused, unknown
  why BLOB,                                  -- sealed: what the other side said
  at INTEGER NOT NULL,
  done_at INTEGER,
  UNIQUE (way, kind, subject_id, user_id, round)
) STRICT;
CREATE INDEX deliveries_due ON deliveries (way, due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX deliveries_by_time ON deliveries (at);

-- What a person wants.
CREATE TABLE notify_settings (
  user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
  email BLOB,                                -- sealed
  email_on INTEGER NOT NULL,
  quiet_from INTEGER,                        -- minutes of the local day; null: no quiet hours
  quiet_to INTEGER,
  revision INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The district's own ways out to its staff.
CREATE TABLE notify_ways (
  way TEXT NOT NULL PRIMARY KEY,             -- robot, webhook
  is_on INTEGER NOT NULL,
  url BLOB NOT NULL,                         -- sealed: a robot's holds its key
  secret BLOB,                               -- sealed
  revision INTEGER NOT NULL,
  changed_by INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
