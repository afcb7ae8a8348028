// Steps against a program that answers, refuses, has moved on, or cannot be reached.
import { QueryClient } from '@tanstack/vue-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '@/api/client';
import type { Case } from '@/api/types';
import { setLanguage } from '@/i18n';
import { caseOf, offers, wang } from './forTests';
import { startOutbox, useOutbox } from './outbox';

let now: Case; // as the program has it
let asked: { key: string | null; match: string | null; body: { action: string } }[];
let down: boolean;
let refuse: number | undefined;
let answers: Map<string, Case>;

beforeEach(async () => {
  await setLanguage('zh');
  localStorage.clear();
  session.value = { user: wang, rights: [], roles: [] } as never;
  now = caseOf();
  asked = [];
  down = false;
  refuse = undefined;
  answers = new Map();
  vi.stubGlobal('fetch', async (request: Request) => {
    if (down) throw new TypeError('Failed to fetch');
    if (request.method === 'GET') return Response.json(now);
    const key = request.headers.get('idempotency-key')!;
    const match = request.headers.get('if-match');
    const body = JSON.parse(await request.text());
    asked.push({ key, match, body });
    if (answers.has(key)) return Response.json(answers.get(key));
    if (refuse) return Response.json({ code: 'wrong', title: '不行', remedy: '换个办法' }, { status: refuse });
    if (match !== `"${now.version}"`) return Response.json({ code: 'stale', title: '旧了' }, { status: 412 });
    const to = { accept: 'accepted', start: 'in_progress', report_done: 'reported_done' }[body.action as 'accept'];
    now = { ...now, version: now.version + 1, state: to as never, timeline: [...now.timeline, { at: new Date().toISOString(), by: wang, kind: body.action } as never] };
    answers.set(key, now);
    return Response.json(now);
  });
  startOutbox(new QueryClient());
});
afterEach(() => {
  const { all, letGo } = useOutbox();
  for (const each of all.value) letGo(each.key);
  session.value = undefined;
  vi.unstubAllGlobals();
});
const written = () => JSON.parse(localStorage.getItem('linli.cases.usr_2') ?? '[]') as { step: { action: string } }[];

test('a step names what was seen, and is kept only as long as it is under way', async () => {
  const done = useOutbox().act(now, offers.accept, { action: 'accept' });
  expect(written()).toHaveLength(1);
  expect(await done).toMatchObject({ what: 'sent', case: { state: 'accepted' } });
  expect(asked).toMatchObject([{ match: '"1"', body: { action: 'accept' } }]);
  expect(written()).toEqual([]);
});
test('no line: kept, and sent in order when it is back', async () => {
  const { act, all, retry } = useOutbox();
  down = true;
  const one = now;
  expect((await act(one, offers.accept, { action: 'accept' })).what).toBe('kept');
  await act(one, offers.start, { action: 'start' });
  await act(one, offers.report_done, { action: 'report_done', note: '已修好' });
  expect(written().map((each) => each.step.action)).toEqual(['accept', 'start', 'report_done']);
  down = false;
  retry();
  await vi.waitFor(() => expect(all.value).toEqual([]));
  expect(asked.map((each) => `${each.match} ${each.body.action}`)).toEqual(['"1" accept', '"2" start', '"3" report_done']);
  expect(now.state).toBe('reported_done');
});
test('an answer that was lost: the same key again, done once', async () => {
  const { act, retry, all } = useOutbox();
  const real = globalThis.fetch;
  let lose = true;
  vi.stubGlobal('fetch', async (request: Request) => {
    const answer = await real(request);
    if (lose && request.method === 'POST') throw new TypeError('cut');
    return answer;
  });
  expect((await act(now, offers.accept, { action: 'accept' })).what).toBe('kept');
  lose = false;
  retry();
  await vi.waitFor(() => expect(all.value).toEqual([]));
  expect(new Set(asked.map((each) => each.key)).size).toBe(1);
  expect(now.version).toBe(2);
});
test('somebody was there in between: said with what it is now, the words stay, it can be let go', async () => {
  const { act, all, letGo } = useOutbox();
  const seen = now;
  now = { ...now, version: 2, state: 'accepted', assignee: { id: 'usr_9', display_name: '李萍' }, actions: [] };
  const outcome = await act(seen, offers.accept, { action: 'accept', note: '我来' });
  expect(outcome.what).toBe('trouble');
  expect(all.value[0]).toMatchObject({ step: { note: '我来' }, trouble: { kind: 'changed', title: '这件事刚有变化：现在已接单，李萍。' } });
  // What follows there waits; another case goes on.
  expect((await act(seen, offers.start, { action: 'start' })).what).toBe('kept');
  expect(asked).toHaveLength(1);
  letGo(all.value[0]!.key);
  expect(written()).toEqual([]);
});
test('only the version moved: it goes on by itself under a new key', async () => {
  const seen = now;
  now = { ...now, version: 4 };
  expect((await useOutbox().act(seen, offers.accept, { action: 'accept' })).what).toBe('sent');
  expect(asked.map((each) => each.match)).toEqual(['"1"', '"4"']);
  expect(new Set(asked.map((each) => each.key)).size).toBe(2);
});
test('refused: in the program\'s words, and done once more when told to', async () => {
  const { act, all, force } = useOutbox();
  refuse = 422;
  const outcome = await act(now, offers.accept, { action: 'accept' });
  expect(outcome.what).toBe('trouble');
  expect(all.value[0]!.trouble).toEqual({ kind: 'refused', title: '不行', remedy: '换个办法' });
  refuse = undefined;
  await force(all.value[0]!);
  await vi.waitFor(() => expect(all.value).toEqual([]));
  expect(now.state).toBe('accepted');
});
test('who signs in next neither sees nor sends it; its owner does', async () => {
  const { act, all } = useOutbox();
  down = true;
  await act(now, offers.accept, { action: 'accept' });
  session.value = { user: { id: 'usr_7', display_name: '别人' }, rights: [], roles: [] } as never;
  await vi.waitFor(() => expect(all.value).toEqual([]));
  down = false;
  expect(asked).toEqual([]);
  session.value = { user: wang, rights: [], roles: [] } as never;
  await vi.waitFor(() => expect(now.state).toBe('accepted'));
});
test('while its form is open the case stands as it was', async () => {
  const { act, all } = useOutbox();
  const done = act(now, offers.accept, { action: 'accept' }, true);
  expect(written()).toHaveLength(1);
  expect(all.value).toEqual([]);
  expect((await done).what).toBe('sent');
  down = true;
  expect((await act(now, offers.start, { action: 'start' }, true)).what).toBe('kept');
  expect(all.value).toHaveLength(1);
});
