-- More ways to reach staff (src/notify), events for other systems (src/webhooks), notes on broken promises.

-- The pair that says to push services who we are (VAPID): one for ever, else every browser must subscribe again.
CREATE TABLE push_keys (
  id INTEGER NOT NULL PRIMARY KEY,           -- 1
  public_key BLOB NOT NULL,
  private_key BLOB NOT NULL,                 -- sealed
  made_at INTEGER NOT NULL
) STRICT;

-- Browsers that a person wants to be told in.
CREATE TABLE push_subscriptions (
  id INTEGER NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  endpoint_hash INTEGER NOT NULL UNIQUE,     -- keyed
  endpoint BLOB NOT NULL,                    -- sealed, as the keys
  p256dh BLOB NOT NULL,
  auth BLOB NOT NULL,
  device TEXT NOT NULL,                      -- "Chrome, Windows"
  created_at INTEGER NOT NULL,
  told_at INTEGER
) STRICT;
CREATE INDEX push_subscriptions_of ON push_subscriptions (user_id);

ALTER TABLE notify_settings ADD COLUMN phone BLOB;                    -- sealed
ALTER TABLE notify_settings ADD COLUMN wecom BLOB;                    -- sealed: the person's id there
ALTER TABLE notify_settings ADD COLUMN ways TEXT NOT NULL DEFAULT 'push,wecom,email,sms,voice';  -- wanted, in this order
ALTER TABLE notify_settings ADD COLUMN digest INTEGER NOT NULL DEFAULT 0;  -- what is not urgent comes together
UPDATE notify_settings SET ways = 'push,wecom,sms,voice' WHERE email_on = 0;

-- What a way needs beside its address, a JSON object; of the app its number and secret. Sealed.
ALTER TABLE notify_ways ADD COLUMN more BLOB;

CREATE INDEX deliveries_of_lead ON deliveries (subject_id);

CREATE TABLE breach_notes (
  lead_id INTEGER NOT NULL PRIMARY KEY REFERENCES leads (id),
  note BLOB NOT NULL,                        -- sealed
  by_user INTEGER NOT NULL REFERENCES users (id),
  at INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who hears of events outside (CloudEvents).
CREATE TABLE webhooks (
  id INTEGER NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  url BLOB NOT NULL,                         -- sealed
  kinds TEXT NOT NULL,                       -- "lead.opened,case.*"
  grid_id INTEGER NOT NULL,                  -- 0: everywhere
  role TEXT NOT NULL,                        -- whose rights it has
  secret BLOB NOT NULL,                      -- sealed
  old_secret BLOB,                           -- sealed; signs beside the new one until then
  old_until INTEGER,
  state TEXT NOT NULL,                       -- on, off, broken
  cursor INTEGER NOT NULL,                   -- of the outbox: what came before is queued, or not for it
  revision INTEGER NOT NULL,
  created_by INTEGER NOT NULL REFERENCES users (id),
  created_at INTEGER NOT NULL,
  removed_at INTEGER
) STRICT;

CREATE TABLE webhook_deliveries (
  id INTEGER NOT NULL PRIMARY KEY,
  webhook_id INTEGER NOT NULL REFERENCES webhooks (id),
  event_id TEXT NOT NULL,                    -- of the CloudEvent, and webhook-id: the same at every try
  kind TEXT NOT NULL,
  body TEXT NOT NULL,                        -- ids and plain fields, no words of anybody
  state TEXT NOT NULL,                       -- queued, sending, sent, dead
  due_at INTEGER NOT NULL,                   -- queued: when it is tried; sending: since when
  tries INTEGER NOT NULL,
  status INTEGER,                            -- of the last answer
  why BLOB,                                  -- sealed
  at INTEGER NOT NULL,
  done_at INTEGER,
  UNIQUE (webhook_id, event_id)
) STRICT;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state IN ('queued', 'sending');
CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, id);
CREATE INDEX webhook_deliveries_old ON webhook_deliveries (done_at);
