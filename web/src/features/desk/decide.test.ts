// Deciding against a program that answers well, badly, or not at all.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineComponent, ref } from 'vue';
import type { LeadSummary } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { toasts } from '@/ui/toasts';
import { useDecide } from './decide';
import type { Filter } from './queue';
import { useQueue } from './useQueue';

const lead: LeadSummary = {
  id: 'lead_1', revision: 3, decision_version: 1, state: 'open', category: 'water_leak', urgency: 2, place: '荷塘苑3栋',
  summary: '天花板滴水', community: '荷塘社区', grid: null, groups: [], handling: 'workflow', area_wide: false, review: false,
  resolved: false, live: true, asked_at: '2026-11-20T10:00:00Z', opened_at: '2026-11-20T10:00:00Z',
  latest_at: '2026-11-20T10:00:00Z', promise: { light: 'green', due_at: '2026-11-20T10:15:00Z', kept_at: null, proved: false },
  message_count: 1, claim: null, decided_by: null, decided_at: null, dismiss_reason: null, merged_into: null, by_person: [],
};
const confirmed = { ...lead, revision: 4, decision_version: 2, state: 'confirmed' as const };

type Reply = { status: number; body: unknown } | 'down';
let replies: Record<string, Reply>;
let asked: { route: string; headers: Headers; body: string }[];

beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  asked = [];
  replies = {
    'GET /api/v1/leads': { status: 200, body: { leads: [lead], next_cursor: null, total: 1, stream_position: '7' } },
  };
  vi.stubGlobal('fetch', async (request: Request) => {
    const route = `${request.method} ${new URL(request.url).pathname}`;
    asked.push({ route, headers: request.headers, body: await request.text() });
    const reply = replies[route];
    if (!reply || reply === 'down') throw new TypeError('Failed to fetch');
    return Response.json(reply.body, { status: reply.status });
  });
});
afterEach(() => vi.unstubAllGlobals());

async function desk(gone: (id: string, said: boolean) => void = () => {}) {
  const shown = vi.fn<(id: string | undefined) => void>();
  let parts!: { list: ReturnType<typeof useQueue>; deciding: ReturnType<typeof useDecide> };
  const Desk = defineComponent({
    setup() {
      const list = useQueue(ref<Filter>({ tab: 'open' }), { opened: () => {}, changed: () => {}, gone });
      parts = { list, deciding: useDecide(list, shown) };
      return () => null;
    },
  });
  mount(Desk, { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  await vi.waitFor(() => expect(parts.list.state.value).toBe('ready'));
  return { ...parts, shown };
}

test('a confirmation names what was seen, leaves the queue, and can be taken back', async () => {
  const { list, deciding, shown } = await desk();
  replies['POST /api/v1/leads/lead_1/confirm'] = { status: 200, body: confirmed };
  const done = deciding.decide(lead, { kind: 'confirm' });
  expect(list.queue.rows).toEqual([]); // at once, before the answer
  await done;
  expect(asked.at(-1)!.headers.get('if-match')).toBe('"1"');
  expect(toasts[0]).toMatchObject({ tone: 'done', title: '已确认：天花板滴水' });

  replies['POST /api/v1/leads/lead_1/reopen'] = { status: 200, body: { ...lead, revision: 5, decision_version: 3 } };
  toasts[0]!.action!.run();
  await vi.waitFor(() => expect(list.queue.rows).toHaveLength(1));
  expect(asked.at(-1)!.headers.get('if-match')).toBe('"2"');
  expect(shown).toHaveBeenCalledWith('lead_1');
  expect(list.queue.total).toBe(1);
});

test('a dismissal carries its reason, and a note only where there is one', async () => {
  const { deciding } = await desk();
  replies['POST /api/v1/leads/lead_1/dismiss'] = { status: 200, body: { ...confirmed, state: 'dismissed' } };
  await deciding.decide(lead, { kind: 'dismiss', reason: 'duplicate', note: '' });
  expect(JSON.parse(asked.at(-1)!.body)).toEqual({ reason: 'duplicate' });
});

test('another was quicker: who, what and when, and the lead as it is now', async () => {
  const { list, deciding } = await desk();
  const args = { who: '李敏', what: 'confirmed', at: new Date(2026, 10, 20, 10, 32).toISOString() };
  replies['POST /api/v1/leads/lead_1/confirm'] = { status: 409, body: { code: 'already_decided', title: '', remedy: '', args } };
  replies['GET /api/v1/leads/lead_1'] = { status: 200, body: { ...confirmed, messages: [], history: [] } };
  await deciding.decide(lead, { kind: 'confirm' });
  expect(toasts[0]).toMatchObject({ tone: 'warn', title: '李敏 已在 10:32 确认' });
  await vi.waitFor(() => expect(list.queue.gone.has('lead_1')).toBe(true));
});

test('it changed under the eyes: the lead stays and is to be looked at again', async () => {
  const { list, deciding, shown } = await desk();
  replies['POST /api/v1/leads/lead_1/confirm'] = { status: 412, body: { code: 'stale' } };
  const now = { ...lead, revision: 9, decision_version: 5 };
  replies['GET /api/v1/leads/lead_1'] = { status: 200, body: { ...now, messages: [], history: [] } };
  await deciding.decide(lead, { kind: 'confirm' });
  await vi.waitFor(() => expect(list.queue.rows[0]!.decision_version).toBe(5));
  toasts[0]!.action!.run();
  expect(shown).toHaveBeenCalledWith('lead_1');
});

test('it went to a grid of others meanwhile: it is gone, and there is nothing to try again', async () => {
  const gone = vi.fn<(id: string, said: boolean) => void>();
  const { list, deciding } = await desk(gone);
  replies['POST /api/v1/leads/lead_1/confirm'] = { status: 404, body: { code: 'unknown_lead', title: '没有这条线索', remedy: '' } };
  await deciding.decide(lead, { kind: 'confirm' });
  expect(list.queue.rows).toEqual([]);
  expect(list.queue.total).toBe(0);
  expect(gone).toHaveBeenCalledWith('lead_1', true);
  expect(toasts).toHaveLength(1);
  expect(toasts[0]).toMatchObject({ tone: 'warn', title: '这条线索已换到别的网格', detail: '天花板滴水' });
  expect(toasts[0]!.action).toBeUndefined();
});

test('the program is away: the lead is back, and trying again is the same action', async () => {
  const { list, deciding } = await desk();
  replies['POST /api/v1/leads/lead_1/confirm'] = 'down';
  await deciding.decide(lead, { kind: 'confirm' });
  expect(list.queue.rows).toHaveLength(1);
  expect(toasts[0]).toMatchObject({ tone: 'danger', action: { label: '再试一次' } });
  const key = asked.findLast((each) => each.route.endsWith('/confirm'))!.headers.get('idempotency-key');

  replies['POST /api/v1/leads/lead_1/confirm'] = { status: 200, body: confirmed };
  toasts[0]!.action!.run();
  await vi.waitFor(() => expect(list.queue.rows).toEqual([]));
  expect(asked.findLast((each) => each.route.endsWith('/confirm'))!.headers.get('idempotency-key')).toBe(key);
});
