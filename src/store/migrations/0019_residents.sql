-- The residents' side of a case: files, public links, their word; reports by the form.

-- Files of cases. Made anew where they are pictures. Not named by a step or report yet: gone after a while.
CREATE TABLE files (
  id INTEGER NOT NULL PRIMARY KEY,
  blob BLOB NOT NULL,                        -- digest in blobs/
  name BLOB NOT NULL,                        -- sealed
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  width INTEGER NOT NULL,                    -- 0: not a picture
  height INTEGER NOT NULL,
  taken BLOB,                                -- sealed: where and when, kept on the wish of who sent it
  at INTEGER NOT NULL,
  user_id INTEGER REFERENCES users (id),     -- null: a resident
  key_hash BLOB,                             -- keyed hash of what the resident names it by
  case_id INTEGER REFERENCES cases (id),     -- null: not named yet
  seq INTEGER,                               -- of the case's timeline
  shown INTEGER NOT NULL                     -- 1: to the asker too
) STRICT;
CREATE INDEX files_of_case ON files (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX files_by_key_hash ON files (key_hash) WHERE key_hash IS NOT NULL;
CREATE INDEX files_waiting ON files (at) WHERE case_id IS NULL;

-- What a resident sees without signing in: a case, a lead, or a report. The token is stored as a keyed hash only.
CREATE TABLE public_links (
  token_hash BLOB NOT NULL PRIMARY KEY,
  case_id INTEGER REFERENCES cases (id),     -- one of these three
  lead_id INTEGER REFERENCES leads (id),
  message_id INTEGER,
  speaks INTEGER NOT NULL,                   -- 0: only looks
  made_at INTEGER NOT NULL,
  until INTEGER,                             -- null: for ever
  opened INTEGER NOT NULL                    -- how often; never by whom
) STRICT, WITHOUT ROWID;
CREATE INDEX public_links_of_case ON public_links (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX public_links_of_lead ON public_links (lead_id) WHERE lead_id IS NOT NULL;
CREATE INDEX public_links_of_message ON public_links (message_id) WHERE message_id IS NOT NULL;

-- How the reporter of a message by the form can be reached; goes with the message's words.
CREATE TABLE reports (
  message_id INTEGER NOT NULL PRIMARY KEY,
  contact BLOB NOT NULL                      -- sealed: name, phone
) STRICT;

-- What residents said of what was done, for the indicators; words stand in the case's timeline.
CREATE TABLE case_ratings (
  case_id INTEGER NOT NULL REFERENCES cases (id),
  at INTEGER NOT NULL,
  fixed INTEGER NOT NULL,
  stars INTEGER,
  PRIMARY KEY (case_id, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_ratings_by_time ON case_ratings (at);

-- How often somebody without a session did something within an hour, by keyed hash of what and who.
CREATE TABLE public_tries (
  key BLOB NOT NULL PRIMARY KEY,
  since INTEGER NOT NULL,
  count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
