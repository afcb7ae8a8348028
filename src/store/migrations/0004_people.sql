-- Roles that people hold over a grid and everything below it, from a day to a day, both included (local days since 1970-01-01).
-- What a role may do stands in the program (people/role.h).
CREATE TABLE holdings (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  grid_id INTEGER REFERENCES grids (id),     -- null: everywhere
  from_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL,                -- 2932896, 9999-12-31: until somebody ends it
  deputy_for INTEGER REFERENCES users (id),  -- null: in one's own right
  given_by INTEGER,                          -- null: a command
  given_at INTEGER NOT NULL
) STRICT;
CREATE INDEX holdings_by_user ON holdings (user_id);
CREATE INDEX holdings_by_grid ON holdings (grid_id);

INSERT INTO holdings (id, user_id, role, from_day, until_day, given_at)
SELECT id, id, role, 0, 2932896, created_at FROM users;

DROP TABLE user_grids;
ALTER TABLE users DROP COLUMN role;
ALTER TABLE users ADD COLUMN phone BLOB;     -- sealed
ALTER TABLE users ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
