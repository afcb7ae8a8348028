import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { createMemoryHistory, createRouter } from 'vue-router';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '@/api/client';
import { monday } from '@/features/duty/week';
import { i18n, setLanguage } from '@/i18n';
import { dayOf } from '@/ui/time';
import DutyPage from './DutyPage.vue';

vi.mock('element-plus/es/components/dialog/style/css', () => ({}));
vi.mock('element-plus/es/components/dialog/index', () => ({ ElDialog: (_: unknown, { slots }: { slots: { default: () => unknown } }) => slots.default() }));

const person = (n: number, display_name: string) => ({ id: `usr_${n}`, display_name });
const day = monday(dayOf(Date.now()));
const shift = {
  id: 'shift_1', grid: { id: 'grid_1', name: '荷塘社区' }, duty: 'agent', from: new Date(`${day}T08:00`).toISOString(), to: new Date(`${day}T18:00`).toISOString(),
  person: person(2, '周宁'), planned: person(2, '周宁'), pattern_id: null, may_change: true,
};
let mayImport = false;
const answers: Record<string, unknown> = {
  '/api/v1/roster': { shifts: [shift], swaps: [], absences: [], patterns: [] },
  '/api/v1/roster/gaps': { gaps: [] },
  '/api/v1/roster/swaps': { swaps: [] },
  '/api/v1/duty/now': { grid: { id: 'grid_1', name: '荷塘社区' }, working_time: true, people: [] },
};
let asked: string[];
let failing: Set<string>;

beforeEach(async () => {
  await setLanguage('zh');
  asked = [];
  failing = new Set();
  mayImport = false;
  document.body.innerHTML = '<div id="main"></div>';
  session.value = { user: person(1, '孙浩'), rights: ['roster.read', 'roster.change'], roles: [{ role: 'shift_leader', grid: { id: 'grid_1', name: '荷塘社区' } }] } as never;
  vi.stubGlobal('fetch', async (request: Request) => {
    const url = new URL(request.url);
    asked.push(url.pathname + url.search);
    if (failing.has(url.pathname)) return Response.json({ code: 'busy', title: `太忙 ${url.pathname}`, remedy: '等等' }, { status: 503 });
    return Response.json(url.pathname === '/api/v1/calendar' ? { hours: [], days: [], may_change: mayImport } : answers[url.pathname]);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  session.value = undefined;
});
async function page(path = '/') {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', name: 'duty', component: DutyPage }] });
  await router.push(path);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const made = mount(DutyPage, { attachTo: document.body, global: { plugins: [i18n, router, [VueQueryPlugin, { queryClient: client }]] } });
  await flushPromises();
  return made;
}
const rosters = () => asked.filter((each) => each.startsWith('/api/v1/roster?'));

test('the weeks around are fetched when a shift is opened, not before', async () => {
  const made = await page();
  expect(rosters()).toHaveLength(1);
  await made.get('[data-testid=roster] button.shift').trigger('click');
  await flushPromises();
  expect(rosters()).toHaveLength(2);
});
test.each(['/api/v1/roster/gaps', '/api/v1/roster/swaps', '/api/v1/duty/now', '/api/v1/calendar'])('%s failed: the rest works, and it is tried again', async (path) => {
  failing.add(path);
  const made = await page();
  expect(made.get('[data-testid=duty-failed]').text()).toContain(`太忙 ${path}`);
  expect(made.get('[data-testid=roster]').text()).toContain('周宁');
  failing.clear();
  await made.get('[data-testid=duty-failed] button').trigger('click');
  await flushPromises();
  expect(made.find('[data-testid=duty-failed]').exists()).toBe(false);
});

test('the settings lead to the table of holidays, where it may be changed', async () => {
  expect((await page('/?do=calendar')).find('[name=calendar-days]').exists()).toBe(false);
  mayImport = true;
  const made = await page('/?do=calendar');
  expect(made.find('[name=calendar-days]').exists()).toBe(true);
  await made.get('form[aria-label=节假日和调休]').trigger('submit');
  expect(made.text()).toContain('请贴上表格，或选择文件');
});
