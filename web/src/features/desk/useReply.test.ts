// Sending against a program that answers well, badly, or not at all.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineComponent } from 'vue';
import { Refusal } from '@/api/problem';
import type { LeadSummary } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { toasts } from '@/ui/toasts';
import { draftOf, forgetDrafts, openDrafts, type Draft } from './drafts';
import type { LiveQueue } from './useQueue';
import { bodyOf, hitchOf, useReply } from './useReply';

const lead = { id: 'lead_1', revision: 3, decision_version: 1, state: 'open', summary: '天花板滴水' } as LeadSummary;
const draft: Draft = { text: ' 马上来看 ', way: 'group', ends: true, groups: ['g1'], quotes: 'm1', sources: [], machine: false };
const reply = { id: 'rpl_1', way: 'group', outgoing: [{ group: { id: 'g1', name: '东苑群' } }] };

let answer: () => Response;
let asked: { route: string; headers: Headers; body: string }[];
const list = { take: vi.fn<(id: string) => LeadSummary | undefined>(), putBack: vi.fn<(it: LeadSummary) => void>(), receive: vi.fn<() => void>(), drop: vi.fn<(id: string, told: boolean) => void>() };
const show = vi.fn<(id: string | undefined) => void>();

beforeEach(async () => {
  await setLanguage('zh');
  vi.clearAllMocks();
  list.take.mockReturnValue(lead);
  toasts.splice(0);
  forgetDrafts();
  openDrafts('usr_1');
  asked = [];
  answer = () => Response.json(reply, { status: 201 });
  vi.stubGlobal('fetch', async (request: Request) => {
    const route = `${request.method} ${new URL(request.url).pathname}`;
    asked.push({ route, headers: request.headers, body: await request.text() });
    return request.method === 'GET' ? Response.json({ ...lead, state: 'answered', replies: [], messages: [] }) : answer();
  });
});
afterEach(() => vi.unstubAllGlobals());

function replying() {
  let made!: ReturnType<typeof useReply>;
  mount(defineComponent({ setup: () => ((made = useReply(list as unknown as LiveQueue, show)), () => null) }), { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  return made;
}
const refused = (status: number, code: string, args: object = {}) => () => Response.json({ code, title: '不行', remedy: '再看看', args }, { status });

test('what is sent: told ways name no group and no quote', () => {
  expect(bodyOf(draft, false)).toEqual({ text: '马上来看', way: 'group', ends: true, again: false, machine: false, groups: ['g1'], quotes: 'm1' });
  expect(bodyOf({ ...draft, way: 'phone', sources: ['kno_1'] }, true)).toEqual({ text: '马上来看', way: 'phone', ends: true, again: true, machine: false, sources: ['kno_1'] });
});
test('it leaves the queue at once, names what was seen, and can be taken back with its words', async () => {
  const it = replying();
  const done = it.send(lead, draft, false);
  expect(list.take).toHaveBeenCalledWith('lead_1');
  await done;
  expect(asked[0]!.headers.get('if-match')).toBe('"1"');
  expect(draftOf('lead_1')).toBeUndefined();
  expect(toasts[0]).toMatchObject({ tone: 'done', fixed: true, action: { label: '撤回', key: 'z' } });
  answer = () => Response.json(reply);
  toasts[0]!.action!.run();
  await flushPromises();
  expect(asked.some((each) => each.route === 'DELETE /api/v1/replies/rpl_1')).toBe(true);
  expect(draftOf('lead_1')?.text).toBe(' 马上来看 ');
  expect(show).toHaveBeenCalledWith('lead_1');
});
test.each([
  ['answered already', refused(409, 'answered_already', { who: '李敏', at: new Date(2026, 10, 20, 10, 32).toISOString() }), '李敏 已在 10:32 答复'],
  ['somebody writes', refused(409, 'claimed', { who: '小周' }), '小周 正在写答复'],
  ['changed', refused(412, 'stale'), '这条线索刚有变化'],
  ['anything else', refused(500, 'internal'), '不行'],
])('not taken, %s: said, the lead is back, the words are kept', async (_, how, said) => {
  answer = how;
  const it = replying();
  await it.send(lead, draft, false);
  expect(toasts[0]!.title).toBe(`答复没有发出，写的话还在。${said}`);
  expect(list.putBack).toHaveBeenCalledWith(lead);
  expect(draftOf('lead_1')?.text).toBe(' 马上来看 ');
  expect(it.hitches.has('lead_1')).toBe(true);
  toasts[0]!.action!.run();
  expect(show).toHaveBeenCalledWith('lead_1');
});
test('the line was cut: the same words again are the same action, other words are not', async () => {
  answer = () => { throw new TypeError('Failed to fetch'); };
  const it = replying();
  const keys = () => asked.filter((each) => each.route.startsWith('POST')).map((each) => each.headers.get('idempotency-key'));
  await it.send(lead, draft, false);
  await it.send(lead, draft, false);
  await it.send(lead, { ...draft, text: '别的话' }, false);
  expect(keys()[0]).toBe(keys()[1]);
  expect(keys()[2]).not.toBe(keys()[1]);
});
test('it went to a grid of others: gone, nothing to try again', async () => {
  answer = refused(404, 'unknown_lead');
  await replying().send(lead, draft, false);
  expect(list.drop).toHaveBeenCalledWith('lead_1', true);
  expect(toasts[0]!.title).toBe('这条线索已换到别的网格');
});
test('too late to take back: what the program says', async () => {
  answer = refused(409, 'reply_gone');
  await replying().takeBack('rpl_1', lead, draft);
  expect(toasts[0]).toMatchObject({ tone: 'danger', title: '不行', detail: '再看看' });
});
test('an odd time does no harm', () => {
  const refusal = new Refusal('answered_already', 409, { args: { who: '李敏', at: 'x' } });
  expect(hitchOf(refusal, (key) => key)).toEqual({ kind: 'answered', who: '李敏', when: '' });
});
