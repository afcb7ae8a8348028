-- To whom leads go, and what corrections have taught (people/routing.h).
CREATE TABLE routing_rules (
  id INTEGER NOT NULL PRIMARY KEY,
  grid_id INTEGER NOT NULL,                  -- there and below; 0: everywhere
  category TEXT NOT NULL,                    -- of the taxonomy; empty: of the domain
  domain TEXT NOT NULL,                      -- empty too: all leads
  target TEXT NOT NULL,                      -- officer, grid_head, unit
  unit_name TEXT NOT NULL,
  unit_kind TEXT NOT NULL,                   -- property, gas, water, power, lift, department
  unit_contact BLOB,                         -- sealed
  also_street INTEGER NOT NULL,
  changed_by INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  UNIQUE (grid_id, category, domain)
) STRICT;

-- A place that a person has put into a grid, for the groups of one community.
CREATE TABLE place_corrections (
  id INTEGER NOT NULL PRIMARY KEY,
  community TEXT NOT NULL,                   -- the group's community_key
  place BLOB NOT NULL,                       -- sealed: as it is compared, without the room; may be residents' words
  place_hash INTEGER NOT NULL,               -- keyed, of the place
  grid_id INTEGER NOT NULL REFERENCES grids (id),
  lead_id INTEGER NOT NULL,
  corrected_by INTEGER NOT NULL,
  corrected_at INTEGER NOT NULL,
  UNIQUE (community, place_hash)
) STRICT;
CREATE INDEX place_corrections_by_lead ON place_corrections (lead_id);

ALTER TABLE leads ADD COLUMN grid_by INTEGER;  -- who put it into its grid; null: the machine
