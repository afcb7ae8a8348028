import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '@/api/client';
import { i18n, setLanguage } from '@/i18n';
import { toasts } from '@/ui/toasts';
import ResidentsPage from './ResidentsPage.vue';

let kept: { chatter_days: number; lead_days: number };
let office: { name: string; phones: { name: string; number: string }[]; form_open: boolean; tell_progress: boolean; revision: number; url: string | null };
let failing: boolean;
let asked: { route: string; body: unknown; match: string | null }[];
const figures = Object.fromEntries(['messages', 'messages_in_leads', 'leads', 'attachments', 'opt_outs', 'erasures', 'reveals', 'exports'].map((each) => [each, 1]));
const rules = [
  { id: 'mr_1', contains: '物业', label: null, grid: { id: 'grid_1', name: '荷塘社区' }, role: 'property' },
  { id: 'mr_2', contains: null, label: '周宁', grid: null, role: 'grid_officer' },
];

beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  asked = [];
  failing = false;
  office = { name: '', phones: [], form_open: false, tell_progress: false, revision: 0, url: null };
  kept = { chatter_days: 30, lead_days: 1095 };
  session.value = { rights: ['privacy.change', 'groups.change'], roles: [{ role: 'administrator', grid: null }] } as never;
  vi.stubGlobal('fetch', async (request: Request) => {
    const route = `${request.method} ${new URL(request.url).pathname}`;
    const text = await request.text();
    const body = text === '' ? undefined : JSON.parse(text);
    if (request.method !== 'GET') asked.push({ route, body, match: request.headers.get('if-match') });
    if (route === 'GET /api/v1/member-rules') return Response.json({ rules });
    if (route === 'GET /api/v1/privacy/report') return Response.json({ ...figures, last_year: figures, oldest_message_at: null });
    if (route === 'PUT /api/v1/privacy/retention') kept = body;
    if (route.endsWith('/privacy/retention'))
      return failing ? Response.json({ code: 'busy', title: '太忙', remedy: '等等' }, { status: 503 }) : Response.json(kept, { headers: { etag: `"${kept.chatter_days}"` } });
    if (route === 'PUT /api/v1/residents/policy') office = { ...body, revision: office.revision + 1, url: null };
    if (route.endsWith('/residents/policy')) return Response.json(office);
    if (request.method === 'DELETE') return new Response(null, { status: 204 });
    return Response.json({ id: 'mr_3', ...body });
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  session.value = undefined;
});

async function page() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const made = mount(ResidentsPage, { global: { plugins: [i18n, [VueQueryPlugin, { queryClient: client }]], stubs: { RouterLink: true } } });
  await flushPromises();
  return made;
}
const keep = async (made: Awaited<ReturnType<typeof page>>, days: number) => {
  await made.get('[name=chatter-days]').setValue(days);
  await made.get('section form').trigger('submit');
  await flushPromises();
};

test('longer is kept at once and taken back', async () => {
  const made = await page();
  await keep(made, 60);
  expect(asked).toEqual([{ route: 'PUT /api/v1/privacy/retention', body: { chatter_days: 60, lead_days: 1095 }, match: '"30"' }]);
  toasts[0]!.action!.run();
  await flushPromises();
  expect(asked[1]).toEqual({ route: 'PUT /api/v1/privacy/retention', body: { chatter_days: 30, lead_days: 1095 }, match: '"60"' });
});
test('shorter removes words: it asks once, naming what goes', async () => {
  const made = await page();
  await keep(made, 7);
  expect(asked).toEqual([]);
  expect(made.text()).toContain('闲聊超过 7 天');
  await made.get('[name=chatter-days]').setValue(8); // another number is another question
  expect(made.text()).not.toContain('真的改短吗');
  await made.get('section form').trigger('submit');
  await made.get('section form').trigger('submit');
  await flushPromises();
  expect(asked.map((each) => each.body)).toEqual([{ chatter_days: 8, lead_days: 1095 }]);
});
test('less than the program takes is said', async () => {
  const made = await page();
  await keep(made, 2);
  expect(asked).toEqual([]);
  expect(made.text()).toContain('请填 3 到 3650');
});
test('what cannot be had is said, with another try', async () => {
  failing = true;
  const made = await page();
  expect(made.text()).toContain('太忙');
  failing = false;
  await made.get('.trouble button').trigger('click');
  await flushPromises();
  expect(made.find('[name=chatter-days]').exists()).toBe(true);
});
test('a rule comes back with its grid; one of a person asks once', async () => {
  const made = await page();
  const [first, second] = made.findAll('[data-testid=member-rules] li');
  await first!.get('button').trigger('click');
  await flushPromises();
  toasts[0]!.action!.run();
  await flushPromises();
  expect(asked.map(({ route, body }) => [route, body])).toEqual([
    ['DELETE /api/v1/member-rules/mr_1', undefined],
    ['POST /api/v1/member-rules', { contains: '物业', role: 'property', grid_id: 'grid_1' }],
  ]);
  await second!.get('button').trigger('click');
  expect(asked).toHaveLength(2);
  await second!.get('button').trigger('click');
  await flushPromises();
  expect(asked[2]!.route).toBe('DELETE /api/v1/member-rules/mr_2');
});

test('the residents’ pages: what is wrong is said at its field; saved, and taken back', async () => {
  office = { name: '荷塘社区', phones: [], form_open: false, tell_progress: false, revision: 4, url: null };
  const made = await page();
  const form = made.get('[data-testid=resident-office]');
  await form.get('[name=office-phones]').setValue('居委会');
  await form.trigger('submit');
  await flushPromises();
  expect(form.get('[name=office-phones]').attributes('aria-invalid')).toBe('true');
  expect(asked).toEqual([]);

  await form.get('[name=office-phones]').setValue('居委会 028-1234567');
  await form.get('[name=form-open]').setValue(true);
  await form.trigger('submit');
  await flushPromises();
  const body = { name: '荷塘社区', phones: [{ name: '居委会', number: '028-1234567' }], form_open: true, tell_progress: false };
  expect(asked).toEqual([{ route: 'PUT /api/v1/residents/policy', body, match: '"4"' }]);
  toasts.at(-1)?.action?.run();
  await flushPromises();
  expect(asked.at(-1)).toMatchObject({ match: '"5"', body: { phones: [], form_open: false } });
});
