// The pages' rules as rows: what is asked for, what is said, what is remembered.
import { describe, expect, it } from 'vitest';
import { fit } from './api/photo';
import { choose } from './display';
import { bodyOf, isPhone, stepAfter, stepsOf, wrongIn, type Draft, type Step } from './draft';
import { pageOf } from './entry';
import { wrongIn as wrongInFinding } from './finding';
import { most, put, type Held } from './held';
import { keyFor } from './key';
import { sayings, type What } from './sayings';
import { day, when } from './when';
import { en } from './words/en';
import { zh } from './words/zh';
import { office } from '../tests/recorded';

describe('times', () => {
  const now = new Date(2026, 10, 28, 22, 30);
  const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();
  it.each([
    [at(2026, 10, 28, 0, 5), '今天 00:05', 'today 00:05'],
    [at(2026, 10, 27, 23, 59), '昨天 23:59', 'yesterday 23:59'],
    [at(2026, 10, 29, 9, 0), '明天 09:00', 'tomorrow 09:00'],
    [at(2026, 10, 30, 9, 0), '11 月 30 日 09:00', '30 Nov 09:00'],
    [at(2027, 0, 2, 9, 0), '2027 年 1 月 2 日 09:00', '2 Jan 2027 09:00'],
  ])('%s', (iso, chinese, english) => {
    expect(when(iso, now, zh)).toBe(chinese);
    expect(when(iso, now, en)).toBe(english);
  });
  it('takes a date without a time as that day', () => {
    expect(day('2026-11-29', now, zh)).toBe('明天');
    expect(day('2026-12-03', now, zh)).toBe('12 月 3 日');
  });
});

describe('links of messages', () => {
  it.each([
    ['/r/c/3f9KkQ_x-0aaaaaaaaaaaa', '/pages/case?token=3f9KkQ_x-0aaaaaaaaaaaa'],
    ['/r/?t=3f9KkQ_x-0aaaaaaaaaaaa', '/pages/case?token=3f9KkQ_x-0aaaaaaaaaaaa'],
    ['/r/?from=group&t=Tok&x=1', '/pages/case?token=Tok'],
    ['/r/?start=Tok', null],
    ['/r/case/Tok', '/pages/case?token=Tok'],
    ['/r/t/Tok', '/pages/task?token=Tok'],
    ['/r/task/Tok', '/pages/task?token=Tok'],
    ['/r/report', '/pages/report?step=text'],
    ['/r/find/', '/pages/find'],
    ['/r/', null],
    ['/r/c/', null],
    ['/r/c/a b', null],
    ['/r/x/Tok', null],
  ])('%s', (path, page) => expect(pageOf(path)).toBe(page));
});

describe('size and language', () => {
  it.each([
    [{}, { locale: 'zh-Hans', scale: 1 }, 17, 'zh'],
    [{}, { locale: 'en-GB', scale: 1 }, 17, 'en'],
    [{}, { locale: 'zh-Hans', scale: 1.3 }, 20, 'zh'], // whoever has large text on the phone wants it here
    [{ size: 30, language: 'en' }, { locale: 'zh-Hans', scale: 1 }, 30, 'en'],
    [{ size: 12, language: 'xx' }, { locale: 'fr', scale: 1 }, 17, 'zh'], // somebody's old store
  ])('%o %o', (kept, phone, size, language) => expect(choose(kept, phone)).toEqual({ size, language }));
});

describe('photos', () => {
  it.each([
    [4000, 3000, 1600, 1200],
    [3000, 4000, 1200, 1600],
    [800, 600, 800, 600], // never larger than it was
    [10000, 2, 1600, 1],
  ])('%d × %d', (width, height, toWidth, toHeight) => expect(fit(width, height)).toEqual({ width: toWidth, height: toHeight }));
});

describe('the report form', () => {
  it('asks what the office wants asked, and shows it before it goes', () => {
    expect(stepsOf(office())).toEqual(['text', 'place', 'files', 'contact', 'check']);
    expect(stepsOf({ ...office(), asks: ['text', 'place'] })).toEqual(['text', 'place', 'check']);
    expect(stepAfter('place', ['text', 'place', 'check'])).toBe('check');
  });
  it.each<[Step, { text?: string; place?: string; phone?: string }, string[]]>([
    ['text', {}, ['text']],
    ['text', { text: '   ' }, ['text']],
    ['text', { text: '灯坏了' }, []],
    ['place', {}, ['place']],
    ['place', { place: '锦苑' }, []],
    ['files', {}, []],
    ['contact', {}, []], // nobody has to say who they are
    ['contact', { phone: '1380' }, ['phone']],
    ['contact', { phone: '138 0000 5678' }, []],
  ])('%s %o', (step, given, wrong) => {
    const report = { text: '', place: '', phone: '', ...given };
    expect(wrongIn(step, report, zh).map((one) => one.field)).toEqual(wrong);
  });
  it.each([
    ['13800005678', true],
    ['+86 138 0000 5678', true],
    ['028-8555 0101', true],
    ['12345', false],
    ['我的电话', false],
    ['1380000567a', false],
  ])('%s is a phone: %s', (text, right) => expect(isPhone(text)).toBe(right));
  it('sends nothing that was not written', () => {
    const draft: Draft = { text: ' 灯坏了 ', place: '锦苑', community: '', name: '', phone: ' ', trap: '', photos: [], sent: null };
    expect(bodyOf(draft, [])).toEqual({ text: '灯坏了', place: '锦苑', community: null, contact_name: null, contact_phone: null, files: null, website: null });
  });
});

describe('finding', () => {
  it.each([
    ['', '', ['number', 'digits']],
    ['JN-1', '56', ['digits']],
    ['JN-1', '56a8', ['digits']],
    [' ', '5678', ['number']],
    ['JN-1', ' 5678 ', []],
  ])('%s %s', (number, digits, wrong) => expect(wrongInFinding(number, digits, zh).map((one) => one.field)).toEqual(wrong));
});

describe('what is said to a matter', () => {
  it.each<[What, { text?: string; stars?: number; photos?: number }, string[]]>([
    ['note', {}, ['text']],
    ['note', { photos: 1 }, []],
    ['note', { text: '更大了' }, []],
    ['yes', {}, ['stars']],
    ['yes', { stars: 5 }, []],
    ['no', { stars: 5 }, ['text']],
    ['no', { text: '还在滴' }, []],
    ['reopen', { photos: 2 }, ['text']],
    ['return', { text: ' ' }, ['text']],
    ['done', { text: '换了阀门' }, []],
  ])('%s %o', (what, given, wrong) => {
    expect(sayings[what].wrong({ text: '', stars: 0, photos: 0, ...given }, zh).map((one) => one.field)).toEqual(wrong);
  });
});

describe('sent once', () => {
  it('keeps the key for the same, takes another for anything else', () => {
    const first = keyFor({ text: '灯坏了' }, null);
    expect(keyFor({ text: '灯坏了' }, first)).toBe(first);
    expect(keyFor({ text: '灯坏了！' }, first).key).not.toBe(first.key);
    expect(first.key).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('links that the phone holds', () => {
  const one = (token: string): Held => ({ token, report: false, number: '', matter: '', at: 0 });
  it('newest first, each once, the oldest go', () => {
    expect(put([one('a'), one('b')], one('b')).map((held) => held.token)).toEqual(['b', 'a']);
    const many = Array.from({ length: most }, (_, n) => one(`t${n}`));
    const after = put(many, one('new'));
    expect(after).toHaveLength(most);
    expect(after.at(0)?.token).toBe('new');
    expect(after.some((held) => held.token === `t${most - 1}`)).toBe(false);
  });
});

describe('words', () => {
  it('has no Chinese in the English ones but the names of languages', () => {
    const said = JSON.stringify({ ...en, other: '', language: '', languages: '' });
    expect(said).not.toMatch(/[\u4e00-\u9fff]/);
  });
});
