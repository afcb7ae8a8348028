// Category, urgency, place and summary are set by hand in their place, given back to the machine, and taken back.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Lead } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { toasts } from '@/ui/toasts';
import EditChoice from './EditChoice.vue';
import EditWords from './EditWords.vue';

const lead = (over: object = {}) =>
  ({ id: 'lead_1', revision: 1, decision_version: 2, state: 'open', category: 'water_leak', urgency: 3, place: '荷塘苑3栋', summary: '天花板滴水', by_person: [], ...over }) as unknown as Lead;

let sent: { version: string | null; body: unknown }[];
let refusal: { status: number; code: string } | undefined;
let cache: QueryClient;
beforeEach(async () => {
  await setLanguage('zh');
  toasts.splice(0);
  sent = [];
  refusal = undefined;
  cache = new QueryClient();
  vi.stubGlobal('fetch', async (request: Request) => {
    const body = JSON.parse(await request.text());
    sent.push({ version: request.headers.get('if-match'), body: [request.method, body] });
    if (refusal) return Response.json({ code: refusal.code, title: '刚有变化', remedy: '请再看一眼' }, { status: refusal.status });
    const version = 2 + sent.length;
    return Response.json({ ...lead(), ...body, revision: version, decision_version: version, by_person: Object.keys(body).filter((key) => body[key] !== null) });
  });
});
afterEach(() => vi.unstubAllGlobals());

const global = () => ({ plugins: [i18n, [VueQueryPlugin, { queryClient: cache }] as never] });
const urgency = (it = lead(), mayEdit = true) =>
  mount(EditChoice, {
    props: { lead: it, field: 'urgency', shown: '一般', mayEdit, offline: false },
    slots: { default: [1, 2, 3, 4].map((n) => `<option value="${n}">${n}</option>`).join('') },
    global: global(),
    attachTo: document.body,
  });
const words = (field: 'place' | 'summary', it = lead(), mayEdit = true) =>
  mount(EditWords, { props: { lead: it, field, most: 100, mayEdit, offline: false }, slots: { default: '<b>shown</b>' }, global: global(), attachTo: document.body });
const undo = async () => {
  toasts.at(-1)!.action!.run();
  await flushPromises();
};

test('a click opens the choice; the machine has it again after the undo', async () => {
  cache.setQueryData(['lead', 'lead_1'], lead());
  const field = urgency();
  await field.get('button').trigger('click');
  await field.get('select').setValue('1');
  await flushPromises();
  expect(sent).toEqual([{ version: '"2"', body: ['PATCH', { urgency: 1 }] }]);
  expect(cache.getQueryData<Lead>(['lead', 'lead_1'])).toMatchObject({ urgency: 1, decision_version: 3, by_person: ['urgency'] }); // at once
  expect(field.find('select').exists()).toBe(false);
  expect(document.activeElement).toBe(field.get('button').element);
  await undo();
  expect(sent[1]).toEqual({ version: '"3"', body: ['PATCH', { urgency: null }] });
});
test('what a person had set before comes back as it was', async () => {
  const field = words('place', lead({ by_person: ['place'] }));
  await field.get('.pencil').trigger('click');
  await field.get('input').setValue(' 荷塘苑5栋 ');
  await field.get('input').trigger('keydown', { key: 'Enter' });
  await flushPromises();
  expect(sent[0]!.body).toEqual(['PATCH', { place: '荷塘苑5栋' }]);
  expect(field.find('input').exists()).toBe(false);
  await undo();
  expect(sent[1]!.body).toEqual(['PATCH', { place: '荷塘苑3栋' }]);
});
test('a place that a person took away is taken away again', async () => {
  const field = words('place', lead({ by_person: ['place'], place: null }));
  await field.get('.pencil').trigger('click');
  await field.get('input').setValue('荷塘苑5栋');
  await field.get('.primary').trigger('click');
  await flushPromises();
  await undo();
  expect(sent[1]!.body).toEqual(['PATCH', { place: '' }]);
});
test.each([
  ['the input method', { key: 'Enter', isComposing: true }, true],
  ['an older one', { key: 'Enter', keyCode: 229 }, true],
  ['Escape of the input method', { key: 'Escape', isComposing: true }, true],
  ['Escape', { key: 'Escape' }, false],
])('%s sends nothing', async (_, key, stays) => {
  const field = words('summary');
  await field.get('.pencil').trigger('click');
  expect(field.get<HTMLInputElement>('input').element.value).toBe('天花板滴水');
  await field.get('input').setValue('楼上漏水');
  await field.get('input').trigger('keydown', key);
  await flushPromises();
  expect(sent).toEqual([]);
  expect(field.find('input').exists()).toBe(stays);
});
test('nothing changed, or no words left: nothing is sent', async () => {
  const field = words('summary');
  await field.get('.pencil').trigger('click');
  await field.get('input').setValue('  ');
  await field.get('input').trigger('keydown', { key: 'Enter' });
  expect(field.get<HTMLButtonElement>('.primary').element.disabled).toBe(true);
  await field.get('input').setValue('天花板滴水');
  await field.get('input').trigger('keydown', { key: 'Enter' });
  await flushPromises();
  expect(field.find('input').exists()).toBe(false);
  expect(sent).toEqual([]);
});
test('news of the same lead leaves what is being written; another lead closes it', async () => {
  const field = words('summary');
  await field.get('.pencil').trigger('click');
  await field.get('input').setValue('楼上');
  await field.setProps({ lead: lead({ revision: 9 }) });
  expect(field.get<HTMLInputElement>('input').element.value).toBe('楼上');
  await field.setProps({ lead: lead({ id: 'lead_2' }) });
  expect(field.find('input').exists()).toBe(false);
});
test.each([
  [412, 'stale'],
  [409, 'already_decided'],
])('%i: the words of the program, the card anew, the words stay', async (status, code) => {
  refusal = { status, code };
  cache.setQueryData(['lead', 'lead_1'], lead());
  const field = words('summary');
  await field.get('.pencil').trigger('click');
  await field.get('input').setValue('楼上漏水');
  await field.get('input').trigger('keydown', { key: 'Enter' });
  await flushPromises();
  expect(toasts.at(-1)).toMatchObject({ tone: 'danger', title: '刚有变化' });
  expect(cache.getQueryState(['lead', 'lead_1'])!.isInvalidated).toBe(true);
  expect(field.get<HTMLInputElement>('input').element.value).toBe('楼上漏水');
});
test('a mark tells what a person set; it is given back, and taken back again', async () => {
  const field = urgency(lead({ by_person: ['urgency'] }));
  expect(field.text()).toContain('人工改过');
  await field.get('[data-testid=by-hand-urgency] button').trigger('click');
  await flushPromises();
  expect(sent[0]!.body).toEqual(['PATCH', { urgency: null }]);
  await undo();
  expect(sent[1]!.body).toEqual(['PATCH', { urgency: 3 }]);
});
test('who may not decide sees the value and the mark, and no way to change them', () => {
  const it = lead({ by_person: ['urgency', 'place'] });
  for (const field of [urgency(it, false), words('place', it, false)]) {
    expect(field.find('button').exists()).toBe(false);
    expect(field.text()).toContain('人工改过');
  }
  expect(urgency(lead(), false).text()).toBe('一般');
});
