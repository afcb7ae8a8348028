// A change of a colleague is taken back only as long as it is the last one.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineComponent } from 'vue';
import type { ColleagueDetails } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { toasts } from '@/ui/toasts';
import { usePerson } from './usePerson';

const whom = { id: 'usr_1', name: 'zhouning', display_name: '周宁', phone: '13800000000', revision: 4, roles: [] } as unknown as ColleagueDetails;
let asked: { route: string; match: string | null; body: string }[];
beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  asked = [];
  let revision = whom.revision;
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push({ route: request.method, match: request.headers.get('if-match'), body: await request.text() });
    // Somebody else has changed it by the time it is read again.
    return Response.json({ ...whom, revision: request.method === 'PUT' ? ++revision : 99 });
  });
});
afterEach(() => vi.unstubAllGlobals());

function changes() {
  let parts!: ReturnType<typeof usePerson>;
  const Page = defineComponent({ setup: () => ((parts = usePerson()), () => null) });
  mount(Page, { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] } });
  return parts;
}

test.each([
  ['facts', () => changes().edit(whom, { display_name: '周小宁', phone: '' }), { display_name: '周宁', phone: '13800000000' }],
  ['the account', () => changes().setDisabled(whom, true), { disabled: false }],
])('%s come back over what was written here, never over a later change', async (_, change, before) => {
  await change();
  toasts[0]!.action!.run();
  await vi.waitFor(() => expect(asked.filter((each) => each.route === 'PUT')).toHaveLength(2));
  const back = asked.at(-1)!;
  expect(back.match).toBe('"5"');
  expect(JSON.parse(back.body)).toEqual(before);
});
