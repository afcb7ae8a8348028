import { expect, test } from 'vitest';
import { get, session } from './client';
import type { Session } from './types';

const answer = (status: number, code?: string) =>
  Promise.resolve({ error: code && { code, status }, response: new Response(null, { status }) });

test.each([
  [401, 'not_signed_in', true],
  [401, undefined, true], // a gateway's, which says no more
  [401, 'bad_code', false],
  [401, 'bad_credentials', false],
  [403, 'not_allowed', false],
] as const)('%i %s ends the session: %s', async (status, code, ends) => {
  session.value = { rights: [] } as unknown as Session;
  await expect(get(answer(status, code))).rejects.toThrow(code ?? 'http_401');
  expect(session.value === null).toBe(ends);
});
