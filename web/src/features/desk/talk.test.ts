import { expect, test } from 'vitest';
import type { LeadMessage } from '@/api/types';
import { pauseBefore, talks } from './talk';

const message = (id: string, group: string, clock: string, text = ''): LeadMessage => ({
  id, group, sent_at: `2026-11-20T${clock}Z`, sender_name: '李姐', role: 'resident', type: 'text', text, reply_to: null,
  in_lead: true, act: 'report', recalled: false, evidence: [], reasons: [], attachments: [],
});
const groups = [
  { id: 'g1', name: '荷塘苑邻里群', grid: '第1微网格' },
  { id: 'g2', name: '清溪锦园业主群', grid: '第3微网格' },
];

test('talk is parted by group, the first to speak first, fetched messages between their neighbours', () => {
  const card = [message('b', 'g2', '10:01:00'), message('a', 'g2', '10:00:00'), message('c', 'g1', '10:02:00')];
  const parts = talks(groups, card, [message('early', 'g2', '09:59:00'), message('a', 'g2', '10:00:00', 'older copy')]);
  expect(parts.map((part) => [part.group.name, part.messages.map((each) => each.id)])).toEqual([
    ['清溪锦园业主群', ['early', 'a', 'b']],
    ['荷塘苑邻里群', ['c']],
  ]);
  expect(parts[0]!.messages[1]!.text).toBe('');
});

test('a time stands before the first message and after a pause', () => {
  const messages = [message('a', 'g1', '10:00:00'), message('b', 'g1', '10:04:00'), message('c', 'g1', '10:10:00')];
  expect([0, 1, 2].map((n) => pauseBefore(messages, n))).toEqual([true, false, true]);
});
