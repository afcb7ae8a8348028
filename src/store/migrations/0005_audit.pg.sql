-- Who did what, when, from where (people/audit.h). Only added to: nothing can change or remove an entry, the program least of
-- all. Each entry's hash covers the one before it.
CREATE TABLE audit (
  sequence BIGINT NOT NULL PRIMARY KEY,     -- 1, 2, 3 … without gaps
  at BIGINT NOT NULL,
  by_kind TEXT NOT NULL,                     -- user, api_key, command, machine, anyone
  by_id BIGINT NOT NULL,                    -- of the user or key; else 0
  what TEXT NOT NULL,                        -- sign_in.failed, lead.confirmed …
  object_kind TEXT NOT NULL,                 -- user, lead, grid …; empty: none
  object_id TEXT NOT NULL,                   -- as the interface shows it
  address TEXT NOT NULL,                     -- where the call came from; empty: this machine
  detail TEXT NOT NULL,                      -- a JSON object of ids, counts and choices; empty: none
  key_id BIGINT NOT NULL,                   -- person_keys.id that before and after are sealed with; 0: they are not
  before BYTEA NOT NULL,
  after BYTEA NOT NULL,
  hash BYTEA NOT NULL,                        -- SHA-256 over the hash before and all columns above
  family TEXT NOT NULL GENERATED ALWAYS AS (split_part(what, '.', 1)) STORED
);
CREATE INDEX audit_by_time ON audit (at);
CREATE INDEX audit_by_actor ON audit (by_kind, by_id, sequence);
CREATE INDEX audit_by_what ON audit (what, sequence);
CREATE INDEX audit_by_family ON audit (family, sequence);
CREATE INDEX audit_by_object_kind ON audit (object_kind, sequence);
CREATE INDEX audit_by_object ON audit (object_id, sequence);
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'audit is only added to';
END $$;
CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_unremoved BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_refuse();

-- Where the chain ends, sealed, so that whoever has the database alone cannot make a shorter or another one.
CREATE TABLE audit_head (
  id BIGINT NOT NULL PRIMARY KEY,           -- 1
  sequence BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  sealed BYTEA NOT NULL                       -- sealed: sequence and hash
);

-- A key for each person whose values stand in the log. Erasing the person removes it; the log keeps bytes that nobody can
-- open, and its hashes still fit.
CREATE TABLE person_keys (
  id BIGINT NOT NULL PRIMARY KEY,           -- random: tells nothing when the row is gone
  person_kind TEXT NOT NULL,                 -- user, lead, member_rule
  person_id TEXT NOT NULL,
  key BYTEA NOT NULL,                         -- sealed
  UNIQUE (person_kind, person_id)
);
