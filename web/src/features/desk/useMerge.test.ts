// Merging goes to the lead that stays, taking apart back to the other; a refusal leaves everything where it is.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineComponent } from 'vue';
import type { LeadEvent, LeadSummary } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { toasts } from '@/ui/toasts';
import { useMerge } from './useMerge';

const lead = (id: string, over: object = {}) => ({ id, revision: 3, decision_version: 1, state: 'open', summary: id, ...over }) as unknown as LeadSummary;
let sent: string[];
let status: number;
beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  sent = [];
  status = 200;
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url);
    sent.push(`${pathname} ${request.headers.get('if-match')} ${await request.text()}`);
    if (status !== 200) return Response.json({ code: 'stale', title: '刚有变化', remedy: '请再看一眼' }, { status });
    const merged = pathname.endsWith('/merge');
    return Response.json({ lead: merged ? lead('lead_1', { state: 'merged', decision_version: 2 }) : lead('lead_1', { decision_version: 3 }), other: lead('lead_2') });
  });
});
afterEach(() => vi.unstubAllGlobals());

function desk() {
  const shown: string[] = [];
  const told: string[] = [];
  const cache = new QueryClient();
  let merging!: ReturnType<typeof useMerge>;
  mount(
    defineComponent({
      setup() {
        const receive = (event: LeadEvent, mine?: boolean) => void told.push(`${event.kind} ${event.lead.id} ${event.lead.state} ${mine}`);
        merging = useMerge({ receive }, (id) => void shown.push(id));
        return () => null;
      },
    }),
    { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: cache }]] } },
  );
  return { merging, shown, told, cache };
}

test('merged into the other one, and taken back', async () => {
  const { merging, shown, told } = desk();
  await merging.merge(lead('lead_1'), 'lead_2');
  expect(sent).toEqual(['/api/v1/leads/lead_1/merge "1" {"into":"lead_2"}']);
  expect(shown).toEqual(['lead_2']);
  expect(told).toEqual(['lead.merged lead_1 merged true', 'lead.changed lead_2 open true']);
  expect(toasts[0]).toMatchObject({ tone: 'done', detail: 'lead_2' });
  toasts[0]!.action!.run();
  await flushPromises();
  expect(sent[1]).toBe('/api/v1/leads/lead_1/unmerge "2" ');
  expect(shown).toEqual(['lead_2', 'lead_1']);
  expect(told.slice(2)).toEqual(['lead.reopened lead_1 open true', 'lead.changed lead_2 open true']);
});
test.each([409, 412])('refused with %i: said in words, both are loaded anew', async (refused) => {
  status = refused;
  const { merging, shown, told, cache } = desk();
  for (const id of ['lead_1', 'lead_2']) cache.setQueryData(['lead', id], lead(id));
  await merging.merge(lead('lead_1'), 'lead_2');
  expect([shown, told]).toEqual([[], []]);
  expect(toasts.at(-1)).toMatchObject({ tone: 'danger', title: '刚有变化' });
  for (const id of ['lead_1', 'lead_2']) expect(cache.getQueryState(['lead', id])!.isInvalidated).toBe(true);
});
test('two presses are one merge', async () => {
  const { merging } = desk();
  const it = lead('lead_1');
  await Promise.all([merging.merge(it, 'lead_2'), merging.merge(it, 'lead_2')]);
  expect(sent).toHaveLength(1);
});
test('one that was merged before is taken apart', async () => {
  const { merging, shown } = desk();
  await merging.unmerge(lead('lead_1', { state: 'merged', decision_version: 7 }));
  expect(sent).toEqual(['/api/v1/leads/lead_1/unmerge "7" ']);
  expect(shown).toEqual(['lead_1']);
});
