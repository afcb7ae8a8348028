// What is sent when a change of the roster is taken back.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineComponent } from 'vue';
import type { Pattern, Shift } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { dayOf } from '@/ui/time';
import { toasts } from '@/ui/toasts';
import { useRosterChanges } from './useRoster';

let asked: { route: string; body: Record<string, unknown> }[];
beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  asked = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const text = await request.text();
    asked.push({ route: `${request.method} ${new URL(request.url).pathname}`, body: text === '' ? {} : JSON.parse(text) });
    return request.method === 'DELETE' ? new Response(null, { status: 204 }) : Response.json({ id: 'new' }, { status: 201 });
  });
});
afterEach(() => vi.unstubAllGlobals());

function changes() {
  let parts!: ReturnType<typeof useRosterChanges>;
  const Page = defineComponent({ setup: () => ((parts = useRosterChanges()), () => null) });
  mount(Page, { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  return parts;
}
async function undo() {
  const before = asked.length;
  toasts.findLast((each) => each.action?.key === 'z')!.action!.run();
  await vi.waitFor(() => expect(asked.length).toBeGreaterThan(before));
  return asked.at(-1)!;
}
const grid = { id: 'grd_1', code: 'a', level: 'community' as const, name: '荷塘社区' };
const person = { id: 'usr_stands', display_name: '李萍' };

test('a shift that was swapped comes back to who stood in it', async () => {
  const shift: Shift = { id: 'shf_1', pattern_id: null, grid, duty: 'agent', person, planned: { id: 'usr_planned', display_name: '周宁' }, from: '2026-11-24T00:00:00Z', to: '2026-11-24T10:00:00Z', revision: 1, may_change: true };
  await changes().removeShift(shift);
  expect((await undo()).body).toMatchObject({ user_id: 'usr_stands', from: shift.from, to: shift.to });
});

const pattern: Pattern = { id: 'pat_1', grid, duty: 'agent', person, days: ['mon'], from: '08:00', to: '18:00', first: dayOf(Date.now(), -30), last: null, revision: 1, may_change: true };
test('a pattern that has run comes back from today on', async () => {
  await changes().endPattern(pattern);
  expect((await undo()).body).not.toHaveProperty('first');
});
test('a pattern that had not begun comes back with its first day', async () => {
  const first = dayOf(Date.now(), 20);
  await changes().endPattern({ ...pattern, first, last: dayOf(Date.now(), 60) });
  expect((await undo()).body).toMatchObject({ first, last: dayOf(Date.now(), 60) });
});
