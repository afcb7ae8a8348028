-- The grid tree: city, district, street, community, grid, micro-grid, special grid. A grid is closed, never removed: what
-- belongs to it stays with it.
CREATE TABLE grids (
  id INTEGER NOT NULL PRIMARY KEY,
  parent_id INTEGER REFERENCES grids (id),   -- null: a root
  level TEXT NOT NULL,                       -- city, district, street, community, grid, micro_grid, special
  code TEXT NOT NULL UNIQUE,                 -- the office's own, never changed
  name TEXT NOT NULL,
  aliases TEXT NOT NULL DEFAULT '',          -- one a line
  boundary TEXT NOT NULL DEFAULT '',         -- GeoJSON geometry: Polygon or MultiPolygon; empty: not known
  path TEXT NOT NULL,                        -- codes from the root down, "510107/510107001": for scope
  opened_at INTEGER NOT NULL,
  closed_at INTEGER
) STRICT;
CREATE INDEX grids_by_parent ON grids (parent_id);

-- Buildings and known places that lie in a grid.
CREATE TABLE grid_places (
  grid_id INTEGER NOT NULL REFERENCES grids (id),
  name TEXT NOT NULL,
  PRIMARY KEY (grid_id, name)
) STRICT, WITHOUT ROWID;

-- What happened to a grid, by whom. Only added to.
CREATE TABLE grid_history (
  grid_id INTEGER NOT NULL REFERENCES grids (id),
  at INTEGER NOT NULL,
  user_id INTEGER,                           -- null: a command
  kind TEXT NOT NULL,                        -- opened, changed, closed, reopened
  detail TEXT NOT NULL                       -- JSON: what changed, from, to; grids are no personal data
) STRICT;
CREATE INDEX grid_history_by_grid ON grid_history (grid_id, at);

-- A group may be bound to a grid; until then it is by names.
ALTER TABLE groups ADD COLUMN grid_id INTEGER;
ALTER TABLE groups ADD COLUMN community_key TEXT NOT NULL DEFAULT '';  -- names its community's directory and open leads
UPDATE groups SET community_key = community;
