// What may be the same matter is shown with reasons in words; without any there is no list.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Lead } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import SimilarLeads from './SimilarLeads.vue';

let found: object[] | undefined; // undefined: the program refuses
let asked: string[];
beforeEach(async () => {
  await setLanguage('zh');
  asked = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith('/proposal')) return Response.json({ refined: null, judged: null });
    asked.push(pathname);
    return found ? Response.json({ leads: found }) : Response.json({ code: 'unknown_lead', title: '', remedy: '' }, { status: 404 });
  });
});
afterEach(() => vi.unstubAllGlobals());
async function list(offline = false) {
  const card = mount(SimilarLeads, {
    props: { lead: { id: 'lead_1' } as unknown as Lead, offline, busy: false },
    global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] },
  });
  await flushPromises();
  return card;
}
const like = {
  lead: { id: 'lead_2', summary: '厨房滴水', place: '荷塘苑3栋', state: 'confirmed' },
  score: 0.8,
  reasons: [{ code: 'same_building', text: '同一栋楼：荷塘苑3栋' }, { code: 'close_in_time', text: '相隔4分钟' }],
};

test('summary, place, state and why; it is looked at or merged into', async () => {
  found = [like];
  const card = await list();
  expect(asked).toEqual(['/api/v1/leads/lead_1/similar']);
  for (const words of ['可能是同一件事', '厨房滴水', '荷塘苑3栋', '已确认', '同一栋楼：荷塘苑3栋 · 相隔4分钟']) expect(card.text()).toContain(words);
  await card.get('.link').trigger('click');
  expect(card.emitted('look')).toEqual([['lead_2']]);
  await card.get('.button').trigger('click');
  expect(card.emitted('merge')).toEqual([['lead_2']]);
});
test('with the line cut nothing is merged', async () => {
  found = [like];
  expect((await list(true)).get<HTMLButtonElement>('.button').element.disabled).toBe(true);
});
test.each([['none are found', []], ['it cannot be told', undefined]])('no list where %s', async (_, none) => {
  found = none;
  expect((await list()).find('section').exists()).toBe(false);
  expect(asked).toHaveLength(1);
});
