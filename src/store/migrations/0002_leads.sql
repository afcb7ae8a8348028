-- What the machine put together and what people decided on it (src/leads/lead_store.cpp, src/desk/desk.cpp).

CREATE TABLE leads (
  id                 BIGINT PRIMARY KEY,
  opening_message_id BIGINT NOT NULL UNIQUE,  -- names the lead in the pure core
  state              TEXT NOT NULL,           -- open, confirmed, dismissed, merged, answered, in_case
  revision           BIGINT NOT NULL,         -- rises with any change
  decision_version   BIGINT NOT NULL,         -- rises when people decide; the ETag
  community          TEXT NOT NULL,
  grid_path          TEXT NOT NULL,           -- who may see it; of the group of the first message
  group_id           BIGINT NOT NULL,
  group_ids          TEXT NOT NULL,           -- all groups that it shows up in, "12,15", in order of appearance
  category           TEXT NOT NULL,
  urgency            BIGINT NOT NULL,         -- 1 emergency … 4 low
  reply_suffices     BIGINT NOT NULL,
  area_wide          BIGINT NOT NULL,
  review             BIGINT NOT NULL,         -- opened in doubt
  resolved           BIGINT NOT NULL,         -- the chat itself shows that it is over
  live               BIGINT NOT NULL,         -- 0: historic, no promise
  content            BYTEA NOT NULL,          -- sealed: place, summary, reasons
  model_version      TEXT NOT NULL,
  asked_at           BIGINT NOT NULL,         -- chat time of the first (live) message: the promise starts
  opened_at          BIGINT NOT NULL,
  latest_at          BIGINT NOT NULL,         -- chat time of the latest message
  answered_at        BIGINT,                  -- chat time of the first answer by someone on duty
  message_count      BIGINT NOT NULL,
  decided_by         BIGINT,
  decided_at         BIGINT,
  dismiss_reason     TEXT,
  note               BYTEA                    -- sealed
);
-- The queue of one state; the open one is small, so the order by urgency and promise is made by sorting it.
CREATE INDEX leads_by_state ON leads (state, asked_at, id);
-- After a restart: leads that may still take in messages.
CREATE INDEX leads_by_latest ON leads (latest_at);

CREATE TABLE lead_messages (
  message_id BIGINT PRIMARY KEY,              -- a message stands in one lead
  lead_id    BIGINT NOT NULL REFERENCES leads (id),
  act        BIGINT NOT NULL,                 -- what it does for the lead: src/understand/understand.h, Act
  score      DOUBLE PRECISION NOT NULL,
  reasons    BYTEA NOT NULL                   -- sealed
);
CREATE INDEX lead_messages_by_lead ON lead_messages (lead_id, message_id);

CREATE TABLE lead_history (
  lead_id       BIGINT NOT NULL REFERENCES leads (id),
  revision      BIGINT NOT NULL,
  at            BIGINT NOT NULL,
  user_id       BIGINT,                       -- NULL: the machine
  model_version TEXT NOT NULL,                -- of the machine; empty for people
  kind          TEXT NOT NULL,                -- opened, changed, moved, confirmed, dismissed, reopened, recalled
  detail        BYTEA NOT NULL,               -- sealed: arguments of the words "history.<kind>"
  PRIMARY KEY (lead_id, revision)
);
