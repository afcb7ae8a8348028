-- Duty: the district's calendar (people/calendar.h), weekly patterns, single shifts, swaps, absences (people/roster.h).

-- Public holidays and make-up working days; all other Mondays to Fridays are working days.
CREATE TABLE calendar_days (
  day INTEGER NOT NULL PRIMARY KEY,          -- since 1970-01-01
  kind TEXT NOT NULL,                        -- holiday, workday
  name TEXT NOT NULL
) STRICT;

CREATE TABLE working_hours (
  from_minute INTEGER NOT NULL PRIMARY KEY,  -- of the local day
  to_minute INTEGER NOT NULL
) STRICT;
INSERT INTO working_hours (from_minute, to_minute) VALUES (540, 720), (810, 1080);

-- A person on certain days of every week. Never changed, only ended: the days before stay as they were.
CREATE TABLE duty_patterns (
  id INTEGER NOT NULL PRIMARY KEY,
  grid_id INTEGER NOT NULL REFERENCES grids (id),
  duty TEXT NOT NULL,                        -- agent, shift_leader, officer, on_call
  user_id INTEGER NOT NULL REFERENCES users (id),
  days INTEGER NOT NULL,                     -- bits: 1 Monday … 64 Sunday, 128 public holiday
  from_minute INTEGER NOT NULL,              -- of the local day
  to_minute INTEGER NOT NULL,                -- not after from_minute: of the next day
  first_day INTEGER NOT NULL,
  last_day INTEGER NOT NULL,                 -- 2932896: until somebody ends it
  revision INTEGER NOT NULL,
  changed_by INTEGER NOT NULL,
  changed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX duty_patterns_by_grid ON duty_patterns (grid_id);
CREATE INDEX duty_patterns_by_user ON duty_patterns (user_id);

-- Days on which a pattern does not hold: its shift was taken away, or became one of its own.
CREATE TABLE duty_skips (
  pattern_id INTEGER NOT NULL REFERENCES duty_patterns (id),
  day INTEGER NOT NULL,
  changed_by INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  PRIMARY KEY (pattern_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE duty_shifts (
  id INTEGER NOT NULL PRIMARY KEY,
  grid_id INTEGER NOT NULL REFERENCES grids (id),
  duty TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  changed_by INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;
CREATE INDEX duty_shifts_by_grid ON duty_shifts (grid_id, from_at);
CREATE INDEX duty_shifts_by_time ON duty_shifts (from_at);
CREATE INDEX duty_shifts_by_user ON duty_shifts (user_id, to_at);

-- Who takes whose shift over. Never removed: the latest accepted one counts.
CREATE TABLE duty_swaps (
  id INTEGER NOT NULL PRIMARY KEY,
  source_id INTEGER NOT NULL,                -- of duty_shifts or duty_patterns: ids are never drawn twice
  day INTEGER NOT NULL,                      -- of a pattern's shift; 0: a shift of its own
  grid_id INTEGER NOT NULL REFERENCES grids (id),
  duty TEXT NOT NULL,
  from_at INTEGER NOT NULL,                  -- of the shift, as it was asked for
  to_at INTEGER NOT NULL,
  from_user INTEGER NOT NULL REFERENCES users (id),
  to_user INTEGER NOT NULL REFERENCES users (id),
  state TEXT NOT NULL,                       -- asked, accepted, declined, cancelled
  ordered INTEGER NOT NULL,
  asked_by INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  decided_by INTEGER,
  decided_at INTEGER
) STRICT;
CREATE INDEX duty_swaps_by_shift ON duty_swaps (source_id, day);
CREATE INDEX duty_swaps_by_time ON duty_swaps (to_at);

CREATE TABLE absences (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  from_at INTEGER NOT NULL,
  to_at INTEGER NOT NULL,
  noted_by INTEGER NOT NULL,
  noted_at INTEGER NOT NULL
) STRICT;
CREATE INDEX absences_by_time ON absences (to_at);
CREATE INDEX holdings_by_deputy ON holdings (deputy_for) WHERE deputy_for IS NOT NULL;

-- 2026, by the State Council's notice of 2025-11-04. A district imports the years that follow when they are announced.
INSERT INTO calendar_days (day, kind, name) VALUES
  (20454, 'holiday', '元旦'),  -- 2026-01-01 四
  (20455, 'holiday', '元旦'),  -- 2026-01-02 五
  (20456, 'holiday', '元旦'),  -- 2026-01-03 六
  (20457, 'workday', '元旦'),  -- 2026-01-04 日
  (20498, 'workday', '春节'),  -- 2026-02-14 六
  (20499, 'holiday', '春节'),  -- 2026-02-15 日
  (20500, 'holiday', '春节'),  -- 2026-02-16 一
  (20501, 'holiday', '春节'),  -- 2026-02-17 二
  (20502, 'holiday', '春节'),  -- 2026-02-18 三
  (20503, 'holiday', '春节'),  -- 2026-02-19 四
  (20504, 'holiday', '春节'),  -- 2026-02-20 五
  (20505, 'holiday', '春节'),  -- 2026-02-21 六
  (20506, 'holiday', '春节'),  -- 2026-02-22 日
  (20507, 'holiday', '春节'),  -- 2026-02-23 一
  (20512, 'workday', '春节'),  -- 2026-02-28 六
  (20547, 'holiday', '清明节'),  -- 2026-04-04 六
  (20548, 'holiday', '清明节'),  -- 2026-04-05 日
  (20549, 'holiday', '清明节'),  -- 2026-04-06 一
  (20574, 'holiday', '劳动节'),  -- 2026-05-01 五
  (20575, 'holiday', '劳动节'),  -- 2026-05-02 六
  (20576, 'holiday', '劳动节'),  -- 2026-05-03 日
  (20577, 'holiday', '劳动节'),  -- 2026-05-04 一
  (20578, 'holiday', '劳动节'),  -- 2026-05-05 二
  (20582, 'workday', '劳动节'),  -- 2026-05-09 六
  (20623, 'holiday', '端午节'),  -- 2026-06-19 五
  (20624, 'holiday', '端午节'),  -- 2026-06-20 六
  (20625, 'holiday', '端午节'),  -- 2026-06-21 日
  (20716, 'workday', '国庆节'),  -- 2026-09-20 日
  (20721, 'holiday', '中秋节'),  -- 2026-09-25 五
  (20722, 'holiday', '中秋节'),  -- 2026-09-26 六
  (20723, 'holiday', '中秋节'),  -- 2026-09-27 日
  (20727, 'holiday', '国庆节'),  -- 2026-10-01 四
  (20728, 'holiday', '国庆节'),  -- 2026-10-02 五
  (20729, 'holiday', '国庆节'),  -- 2026-10-03 六
  (20730, 'holiday', '国庆节'),  -- 2026-10-04 日
  (20731, 'holiday', '国庆节'),  -- 2026-10-05 一
  (20732, 'holiday', '国庆节'),  -- 2026-10-06 二
  (20733, 'holiday', '国庆节'),  -- 2026-10-07 三
  (20736, 'workday', '国庆节');  -- 2026-10-10 六
