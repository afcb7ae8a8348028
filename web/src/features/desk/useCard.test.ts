import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineComponent, ref } from 'vue';
import type { LeadEvent } from '@/api/types';
import { useCard } from './useCard';

const message = (n: number, text: string) => ({ id: `m${n}`, group: 'g1', sent_at: `2026-11-20T10:0${n}:00Z`, text });
const lead = { id: 'lead_1', revision: 1, summary: '', groups: [{ id: 'g1', name: '群', grid: '' }], names_shown: true, messages: [message(5, '天花板滴水')] };
let context: () => Response;
let asked: string[];

beforeEach(() => {
  asked = [];
  context = () => Response.json({ messages: [message(1, '我叫周宁')] });
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url.pathname + url.search);
    return url.pathname.endsWith('/context') ? context() : Response.json(lead);
  });
});
afterEach(() => vi.unstubAllGlobals());

function card() {
  let made!: ReturnType<typeof useCard>;
  mount(defineComponent({ setup: () => ((made = useCard(ref('lead_1'))), () => null) }), { global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  return made;
}
const texts = (of: ReturnType<typeof useCard>) => of.parts.value.flatMap((part) => part.messages.map((each) => each.text));

test('earlier talk is fetched once, and says where it begins', async () => {
  const it = card();
  await vi.waitFor(() => expect(it.lead.value).toBeDefined());
  await it.widen('g1', 'before');
  await vi.waitFor(() => expect(texts(it)).toEqual(['我叫周宁', '天花板滴水']));
  expect(it.more.ends.has('g1 before')).toBe(true);
  expect(asked.filter((each) => each.includes('/context'))).toEqual(['/api/v1/leads/lead_1/context?before=m5&limit=20']);
});
test.each([
  ['gone', () => Response.json({ messages: [] })],
  ['refused', () => Response.json({ code: 'not_allowed', title: '', remedy: '' }, { status: 403 })],
])('what was erased in it goes from the screen too: %s', async (_, answer) => {
  const it = card();
  await vi.waitFor(() => expect(it.lead.value).toBeDefined());
  await it.widen('g1', 'before');
  await vi.waitFor(() => expect(texts(it)).toContain('我叫周宁'));
  context = answer;
  it.changed({ kind: 'lead.changed', lead: { id: 'lead_1', revision: 2 } } as LeadEvent);
  await vi.waitFor(() => expect(texts(it)).toEqual(['天花板滴水']));
});
test('earlier talk that cannot be had is said', async () => {
  const it = card();
  await vi.waitFor(() => expect(it.lead.value).toBeDefined());
  context = () => Response.json({ code: 'not_allowed', title: '', remedy: '' }, { status: 403 });
  await it.widen('g1', 'before');
  expect(it.moreError.value).toMatchObject({ code: 'not_allowed' });
  expect(it.more.busy).toBe('');
});
