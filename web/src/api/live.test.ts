import { expect, test } from 'vitest';
import { parseEvent } from './live';

test.each([
  ['lead', '{"kind":"lead.opened","lead":{"id":"lead_1"}}', 'lead'],
  ['group', '{"group":{"id":"group_1"}}', 'group'],
  ['gone', '{"lead":"lead_1"}', 'gone'],
  ['gone', '{}', undefined],
  ['case', '{"kind":"case.changed","case":{"id":"case_1","version":2}}', 'case'],
  ['case', '{"kind":"case.changed"}', undefined],
  ['reset', '{}', 'reset'],
  ['reset', '', 'reset'],
  ['lead', '{"kind":"lead.opened"}', undefined],
  ['lead', '{"kind":"lead.op', undefined],
  ['weather', '{}', undefined],
])('event %s %s', (type, data, kind) => {
  expect(parseEvent(type, data)?.kind).toBe(kind);
});
