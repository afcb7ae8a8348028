// A lead's grid is changed and taken back: to where a person had put it, else to the machine's choice.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Lead } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import GridPicker from '@/ui/GridPicker.vue';
import { toasts } from '@/ui/toasts';
import WhyGrid from './WhyGrid.vue';

const lead = { id: 'lead_1', decision_version: 2, place: '荷塘苑3栋', grid: { id: 'grd_before', code: 'a', level: 'community', name: '荷塘社区' } } as unknown as Lead;
let by: string;
let puts: unknown[];
beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  puts = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.method === 'GET') return Response.json({ grid: lead.grid, line: [], by, steps: [], candidates: [], rule: null, unit: null, people: [], text: '' });
    puts.push(JSON.parse(await request.text()));
    return Response.json({ decision_version: 3 });
  });
});
afterEach(() => vi.unstubAllGlobals());

test.each([
  ['person', 'grd_before'],
  ['correction', null],
  ['place', null],
])('the grid was decided by %s', async (who, back) => {
  by = who;
  const card = mount(WhyGrid, {
    props: { lead, mayChange: true, offline: false },
    global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]], stubs: { GridPicker: true } },
  });
  await card.get('button').trigger('click');
  await flushPromises();
  await card.findAll('button').at(-1)!.trigger('click'); // not so, another grid
  card.findComponent(GridPicker).vm.$emit('update:modelValue', { id: 'grd_to', name: '望江社区' });
  await card.vm.$nextTick();
  await card.get('.primary').trigger('click');
  await flushPromises();
  expect(puts).toEqual([{ grid_id: 'grd_to' }]);
  toasts[0]!.action!.run();
  await flushPromises();
  expect(puts.at(-1)).toEqual({ grid_id: back });
});
