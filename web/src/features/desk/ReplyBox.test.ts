// The box for an answer: what it begins with, what it keeps, what it sends.
import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query';
import { flushPromises, mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '@/api/client';
import type { Lead, Session } from '@/api/types';
import { i18n, setLanguage } from '@/i18n';
import { draftOf, forgetDrafts } from './drafts';
import ReplyBox from './ReplyBox.vue';

const said = (id: string, text: string, over: object = {}) => ({ id, group: 'g1', in_lead: true, recalled: false, act: 'report', sender_name: '3-2-1502李姐', text, ...over });
const lead = (over: object = {}) =>
  ({
    id: 'lead_1', revision: 1, decision_version: 1, state: 'open', category: 'water_outage', urgency: 3, place: '锦苑3栋', summary: '停水', handling: 'reply', area_wide: false,
    groups: [{ id: 'g1', name: '东苑群', grid: '' }, { id: 'g2', name: '西苑群', grid: '' }], promise: { light: 'green', due_at: null, kept_at: null, proved: false },
    names_shown: true, replies: [], messages: [said('m1', '几点来水'), said('m2', '我家也是', { group: 'g2', act: 'confirm' })], claim: null, ...over,
  }) as unknown as Lead;

let draft: object | null;
beforeEach(async () => {
  await setLanguage('zh');
  forgetDrafts();
  session.value = { user: { id: 'usr_1', display_name: '小周' }, rights: ['replies.send'], roles: [] } as unknown as Session;
  draft = null;
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname;
    if (path.endsWith('/draft')) return draft ? Response.json({ kind: 'seen', ends: true, private: false, quotes: null, groups: [], sources: [], ...draft }) : Response.json({ code: 'not_found', title: '', remedy: '' }, { status: 404 });
    if (path.endsWith('/canned-replies')) return Response.json({ replies: [{ title: '收到', text: '{称呼}，{地点}的事已收到。{电话}' }, { title: '没填的', text: '{称呼}' }], revision: 1 });
    return Response.json({ domains: [] });
  });
});
afterEach(() => vi.unstubAllGlobals());

async function box(it: Lead = lead(), hitch?: object) {
  const made = mount(ReplyBox, {
    props: { lead: it, offline: false, busy: false, hitch: hitch as never },
    global: { plugins: [i18n, [VueQueryPlugin, { queryClient: new QueryClient() }]] },
    attachTo: document.body,
  });
  await flushPromises();
  await vi.waitFor(() => expect(made.find('.canned').exists()).toBe(true));
  return made;
}
const words = (of: Awaited<ReturnType<typeof box>>) => of.get<HTMLTextAreaElement>('textarea');
const sent = (of: Awaited<ReturnType<typeof box>>) => of.emitted('send')?.at(-1);

test('no draft to be had: an empty box, in the group of who asked, quoting them', async () => {
  const it = await box();
  expect(words(it).element.value).toBe('');
  await words(it).setValue('下午三点来水');
  await words(it).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(it)).toEqual([{ text: '下午三点来水', way: 'group', ends: true, groups: ['g1'], quotes: 'm1', sources: [], machine: false }, false]);
  expect(draftOf('lead_1')?.text).toBe('下午三点来水'); // until it is sent
});
const known = (id: string, title: string, answer: string, confident = true) => ({ id, title, answer, source: '停水通知（清溪河街道）', confident });
test('a draft from knowledge names its source; emptied, the source goes; another answer takes its place', async () => {
  draft = { kind: 'knowledge', text: '您好，停水到下午三点', sources: [known('kno_1', '停水到几点', '停水到下午三点'), known('kno_2', '哪里领水', '物业门口有水车', false)] };
  const it = await box();
  await vi.waitFor(() => expect(words(it).element.value).toBe('您好，停水到下午三点'));
  await words(it).setValue('停水到下午三点，请存水');
  await words(it).trigger('keydown', { key: 'Enter', metaKey: true });
  expect(sent(it)![0]).toMatchObject({ text: '停水到下午三点，请存水', sources: ['kno_1'], machine: false });
  await words(it).setValue('');
  await words(it).setValue('我自己写');
  await words(it).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(it)![0]).toMatchObject({ sources: [] });
  await it.findAll('.sources button').at(-1)!.trigger('click');
  expect(words(it).element.value).toBe('您好，物业门口有水车\n（来源：停水通知（清溪河街道））');
  await words(it).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(it)![0]).toMatchObject({ sources: ['kno_2'] });
});
test('plain words have no source, and say whether they settle it', async () => {
  draft = { text: '看到了，正在联系', ends: false, groups: ['g2', 'of another lead'], sources: [known('kno_1', '停水', '三点来水', false)] };
  const it = await box();
  await vi.waitFor(() => expect(words(it).element.value).toBe('看到了，正在联系'));
  await words(it).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(it)![0]).toMatchObject({ sources: [], ends: false, groups: ['g2'] });
});
test('staff answered by hand: the draft nobody has touched is put away, words of a person stay', async () => {
  draft = { text: '停水到下午三点' };
  const answered = { promise: { light: 'kept', due_at: null, kept_at: '2026-11-20T10:05:00Z', proved: true } };
  const it = await box();
  await vi.waitFor(() => expect(words(it).element.value).toBe('停水到下午三点'));
  await it.setProps({ lead: lead(answered) });
  await flushPromises();
  expect(words(it).element.value).toBe('');
  expect(it.text()).toContain('已有人在群里答复');
  forgetDrafts();
  const own = await box();
  await words(own).setValue('我正在写');
  await own.setProps({ lead: lead(answered) });
  await flushPromises();
  expect(words(own).element.value).toBe('我正在写');
});
test('sensitive matters begin in private; where somebody may be in danger the group is closed and no machine speaks', async () => {
  draft = { text: '请保持冷静' };
  const poor = await box(lead({ category: 'relief' }));
  expect(poor.get<HTMLInputElement>('input[value=phone]').element.checked).toBe(true);
  forgetDrafts();
  const danger = await box(lead({ messages: [said('m1', '我不想活了')] }));
  await flushPromises();
  expect(danger.get<HTMLInputElement>('input[value=group]').element.disabled).toBe(true);
  expect(words(danger).element.value).toBe('');
});
test('an area-wide matter goes to all its groups; without any it does not go', async () => {
  const it = await box(lead({ area_wide: true }));
  await words(it).setValue('在抢修');
  for (const check of it.findAll('.groups input')) await check.setValue(false);
  await words(it).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(it)).toBeUndefined();
  expect(it.text()).toContain('请至少选一个群');
  for (const check of it.findAll('.groups input')) await check.setValue(true);
  await words(it).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(it)![0]).toMatchObject({ groups: ['g1', 'g2'] });
});
test('ready-made words are filled in; what is missing must be filled in first', async () => {
  const it = await box();
  await it.get('.canned').setValue('收到');
  expect(words(it).element.value).toBe('李姐，锦苑3栋的事已收到。{电话}');
  forgetDrafts();
  const other = await box(lead({ names_shown: false }));
  await other.get('.canned').setValue('没填的');
  await words(other).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(other)).toBeUndefined();
  expect(other.text()).toContain('还有没填的：称呼');
});
test.each([
  ['composing', { key: 'Enter', ctrlKey: true, isComposing: true }],
  ['229', { key: 'Enter', ctrlKey: true, keyCode: 229 }],
  ['Enter alone', { key: 'Enter' }],
])('nothing goes out: %s', async (_, key) => {
  const it = await box();
  await words(it).setValue('下午三点来水');
  await words(it).trigger('keydown', key);
  expect(sent(it)).toBeUndefined();
});
test('too long is said, with how much there is', async () => {
  const it = await box();
  await words(it).setValue('水'.repeat(2001));
  await words(it).trigger('keydown', { key: 'Enter', ctrlKey: true });
  expect(sent(it)).toBeUndefined();
  expect(it.text()).toContain('最多 2000 字');
});
test('somebody was quicker: who, and sending mine as well says so', async () => {
  const it = await box(lead(), { kind: 'answered', who: '李敏', when: '10:32' });
  await words(it).setValue('再补充一句');
  expect(it.text()).toContain('李敏 已在 10:32 答复');
  await it.findAll('button').find((each) => each.text() === '仍要再发一条')!.trigger('click');
  expect(sent(it)![1]).toBe(true);
});
