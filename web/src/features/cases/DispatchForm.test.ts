// The desk's 派单 against a program that takes it, has moved on, or takes it back.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '@/api/client';
import type { LeadSummary } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { toasts } from '@/ui/toasts';
import DispatchForm from './DispatchForm.vue';
import { caseOf, wang } from './forTests';

const grid = { id: 'grid_1', code: 'QX01', level: 'community', name: '荷塘社区' };
const lead = { id: 'lead_1', decision_version: 3, summary: '荷塘苑3栋 漏水：天花板滴水', grid } as LeadSummary;
const on = (person: object) => ({ person, duty: 'officer', grid, reason: 'roster', text: '按值班表当班', shift: null, until: null, instead_of: null, phone: null });
let asked: { route: string; body: unknown; headers: Headers }[];
let status: number;

beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  asked = [];
  status = 201;
  session.value = { user: { id: 'usr_1', display_name: '周宁' }, rights: ['roster.read'], roles: [] } as never;
  vi.stubGlobal('fetch', async (request: Request) => {
    const route = `${request.method} ${new URL(request.url).pathname}`;
    const text = await request.text();
    if (request.method !== 'GET') asked.push({ route, body: text && JSON.parse(text), headers: request.headers });
    if (route.endsWith('/routing/explain')) return Response.json({ people: [on(wang)], text: '归荷塘社区，派给当班网格员' });
    if (route.endsWith('/duty/now')) return Response.json({ people: [on(wang), on({ id: 'usr_3', display_name: '李萍' }), on(wang)] });
    if (request.method === 'DELETE') return Response.json({ ...lead, decision_version: 5 });
    if (status !== 201) return Response.json({ code: 'stale', title: '线索刚有变化', remedy: '再看一眼' }, { status });
    return Response.json({ case: caseOf(), reply: null }, { status });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  session.value = undefined;
});
async function form(takenBack = vi.fn<(lead: LeadSummary) => void>()) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const made = mount(DispatchForm, { props: { lead, takenBack }, attachTo: document.body, global: { plugins: [i18n, [VueQueryPlugin, { queryClient: client }]] } });
  await flushPromises();
  return { made, takenBack };
}
const send = async (made: Awaited<ReturnType<typeof form>>['made']) => {
  await made.get('form').trigger('submit');
  await flushPromises();
};

test('by the rules: who that is stands there; taken back it tells, also when the form has gone', async () => {
  const { made, takenBack } = await form();
  expect(made.text()).toContain('派给王敏（按规则）');
  await send(made);
  expect(asked[0]).toMatchObject({ route: 'POST /api/v1/leads/lead_1/dispatch', body: { confidential: false } });
  expect(asked[0]!.headers.get('if-match')).toBe('"3"');
  expect(asked[0]!.headers.get('idempotency-key')).toBeTruthy();
  expect(made.emitted('dispatched')).toHaveLength(1);
  made.unmount();
  expect(toasts[0]).toMatchObject({ title: '已派给王敏', detail: 'JN-20261123-0042 天花板滴水' });
  toasts[0]!.action!.run();
  await flushPromises();
  expect(asked[1]!.route).toBe('DELETE /api/v1/leads/lead_1/dispatch');
  expect(takenBack).toHaveBeenCalledWith(expect.objectContaining({ decision_version: 5 }));
});
test('to a colleague, in other words, confidential, with a word to who asked', async () => {
  const { made } = await form();
  await made.findAll('input[type=radio]')[1]!.trigger('change');
  await flushPromises();
  await send(made);
  expect(made.text()).toContain('请选一位同事');
  expect(asked).toEqual([]);
  const people = made.findAll('.duty button');
  expect(people.map((each) => each.text())).toEqual(['王敏 网格员', '李萍 网格员']);
  await people[1]!.trigger('click');
  await made.get('[name=dispatch-title]').setValue('天花板滴水');
  await made.get('[name=dispatch-note]').setValue('先打电话');
  await made.get('[name=tell]').setValue(true);
  await made.get('[name=dispatch-confidential]').setValue(true);
  await made.get('[name=tell-text]').setValue('已经派人来');
  await send(made);
  expect(asked[0]!.body).toEqual({
    to: 'usr_3', title: '天花板滴水', note: '先打电话', confidential: true, tell: { text: '已经派人来', way: 'one_to_one', machine: false },
  });
  made.unmount();
});
test.each([409, 412])('%i: said, and the desk is told to look again; the words stay', async (is) => {
  status = is;
  const { made } = await form();
  await made.get('[name=dispatch-note]').setValue('先打电话');
  await send(made);
  expect(made.emitted('stale')).toHaveLength(1);
  expect(made.emitted('dispatched')).toBeUndefined();
  expect(made.text()).toContain('线索刚有变化');
  expect((made.get('[name=dispatch-note]').element as HTMLTextAreaElement).value).toBe('先打电话');
  made.unmount();
});
