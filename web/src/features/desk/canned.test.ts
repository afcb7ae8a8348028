import { expect, test } from 'vitest';
import type { Lead } from '@/api/types';
import { addressOf, askerOf, fill, forMatter, gaps, variablesOf } from './canned';

const message = (text: string, over: object = {}) => ({ id: text, in_lead: true, recalled: false, act: 'report', sender_name: '3-2-1502李姐', text, ...over });
const lead = (over: object = {}) =>
  ({ place: '锦苑3栋2单元', names_shown: true, messages: [message('天花板在滴水')], ...over }) as unknown as Lead;
const now = new Date(2026, 10, 20, 22, 14).getTime();

test.each([
  ['3-2-1502李姐', '李姐'],
  ['5栋1单元 王叔', '王叔'],
  ['老郑', '老郑'],
  ['1502', '1502'], // nothing but a number: better than nothing
])('%s is spoken to as %s', (name, address) => expect(addressOf(name)).toBe(address));

test('all variables', () => {
  const text = fill('{称呼}您好，{地点}的{事情}我们 {时间} 已收到，我是{我}。', variablesOf(lead(), '漏水渗水', '小周', now));
  expect(text).toBe('李姐您好，锦苑3栋2单元的漏水渗水我们 22:14 已收到，我是小周。');
  expect(gaps(text)).toEqual([]);
});
test('what is not known is left to be filled in, once each', () => {
  const text = fill('{称呼}，{ 地点 }？{ 称呼 }', variablesOf(lead({ place: null, names_shown: false }), '漏水', '小周', now));
  expect(text).toBe('〔称呼〕，？〔称呼〕');
  expect(gaps(text)).toEqual(['称呼']);
});
test('other braces are the words of whoever wrote them', () => expect(fill('{电话} {} {我}', { 我: '小周' })).toBe('{电话} {} 小周'));
test('who asked: the first report, not talk around it, not what was taken back', () => {
  const messages = [
    message('明天耍不耍', { in_lead: false }), message('哎', { act: 'other' }), message('漏水', { recalled: true }), message('我屋头也遭了'),
  ];
  expect(askerOf(lead({ messages }))?.text).toBe('我屋头也遭了');
  expect(askerOf(lead({ messages: messages.slice(0, 2) }))?.text).toBe('哎');
  expect(askerOf(lead({ messages: [] }))).toBeUndefined();
});

test('words of this matter first, those of others not at all', () => {
  const words = (title: string, category: string | null = null) => ({ title, text: title, category });
  expect(forMatter([words('a'), words('gas', 'gas'), words('leak', 'water_leak'), words('b')], 'water_leak').map((each) => each.title)).toEqual(['leak', 'a', 'b']);
});
