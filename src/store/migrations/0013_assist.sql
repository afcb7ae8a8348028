-- What a model proposes for a lead, beside what the engine saw and what people decided; it changes neither.
CREATE TABLE lead_proposals (
  lead_id INTEGER NOT NULL REFERENCES leads (id),
  kind TEXT NOT NULL,                        -- refine, judge
  content BLOB NOT NULL,                     -- sealed JSON
  model TEXT NOT NULL,
  prompt TEXT NOT NULL,                      -- its name and version
  message_count INTEGER NOT NULL,            -- of the lead when it was made
  at INTEGER NOT NULL,
  PRIMARY KEY (lead_id, kind)
) STRICT, WITHOUT ROWID;

-- What was asked of the model server, by local day: calls, tokens, failures by kind. The day's budget is counted here.
CREATE TABLE assist_usage (
  day INTEGER NOT NULL,
  task TEXT NOT NULL,                        -- refine, judge, draft, polish, test
  what TEXT NOT NULL,                        -- calls, cached, repaired, prompt_tokens, answer_tokens, failed.KIND
  count INTEGER NOT NULL,
  PRIMARY KEY (day, task, what)
) STRICT, WITHOUT ROWID;
