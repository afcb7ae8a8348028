import { expect, test } from 'vitest';
import type { Lead } from '@/api/types';
import { sensitive } from './sensitive';

const lead = (category: string, ...texts: string[]) =>
  ({ category, urgency: 3, messages: texts.map((text) => ({ in_lead: true, recalled: false, text })) }) as unknown as Lead;

test.each([
  ['water_leak', '楼上漏水，天花板在滴', undefined],
  ['relief', '想问一下补助啷个申请', 'poor'],
  ['social_security', '我家吃低保的，今年要重新报不', 'poor'],
  ['health', '社区医院几点打疫苗', undefined],
  ['health', '我妈确诊了，透析能报销不', 'ill'],
  ['employment', '老板拖欠工资三个月了', 'debt'],
  ['property_service', '物业费又涨了', 'complaint'],
  ['neighbor_dispute', '楼上天天半夜打麻将', 'complaint'],
  ['certificate', '窗口那个人态度很差，我要投诉', 'complaint'],
  ['suggestion', '我不想活了', 'danger'],
  ['crime', '隔壁又在打老婆，娃儿哭得好惨', 'danger'],
  ['elderly_care', '对门王婆婆敲门没人应，几天没看到了', 'danger'],
  ['childcare', '有个娃儿一个人在楼道哭', 'danger'],
])('%s「%s」: %s', (category, text, kind) => expect(sensitive(lead(category, text))).toBe(kind));

test('in an emergency the first line is for everybody, but for danger at home', () => {
  expect(sensitive({ ...lead('medical_emergency', '有人晕倒了，以前确诊过心脏病'), urgency: 1 })).toBeUndefined();
  expect(sensitive({ ...lead('crime', '隔壁在打老婆'), urgency: 1 })).toBe('danger');
});
test('talk around it and what was taken back does not count', () => {
  const it = lead('lighting', '路灯坏了', '我要投诉物业', '不想活了');
  it.messages[1]!.in_lead = false;
  it.messages[2]!.recalled = true;
  expect(sensitive(it)).toBeUndefined();
});
