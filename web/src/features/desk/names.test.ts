import { expect, test } from 'vitest';
import type { Lead } from '@/api/types';
import { withNames } from './names';

const message = (id: string, sender_name: string, text: string) => ({ id, sender_name, text }) as Lead['messages'][number];
const lead = (summary: string, messages: Lead['messages'], more: Partial<Lead> = {}) =>
  ({ id: 'lead_1', revision: 1, summary, place: '荷塘苑3栋', note: '', history: [], reasons: { category: [], urgency: [], place: [] }, names_shown: false, messages, ...more }) as unknown as Lead;
const masked = lead('打 138****0000', [message('m1', '周*', '打 138****0000'), message('m2', '吴*', '好的')]);
const named = lead('打 13800000000', [message('m1', '周宁', '打 13800000000'), message('m2', '吴梅', '好的')], { names_shown: true });
const shown = (now: Lead) => withNames(now, { masked, named });

test('fetched anew, the names stay', () => {
  const now = shown({ ...masked, revision: 2, state: 'confirmed' });
  expect(now).toMatchObject({ names_shown: true, revision: 2, state: 'confirmed', summary: '打 13800000000' });
  expect(now.messages.map((each) => each.sender_name)).toEqual(['周宁', '吴梅']);
});
test('what has come since is masked, and can be asked for', () => {
  const now = shown({ ...masked, messages: [...masked.messages, message('m3', '郑*', '我也是')] });
  expect(now.messages.map((each) => each.sender_name)).toEqual(['周宁', '吴梅', '郑*']);
  expect(now.names_shown).toBe(false);
});
test('erased words do not come back', () => {
  const now = shown({ ...masked, summary: '', messages: [message('m1', '', ''), masked.messages[1]!] });
  expect(JSON.stringify(now)).not.toContain('13800000000');
  expect(now.messages[1]!.sender_name).toBe('吴梅');
});
test('whoever may see names now sees what the program says', () => {
  const now = { ...named, summary: '别的' };
  expect(shown(now)).toBe(now);
});
