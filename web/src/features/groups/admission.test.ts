import { expect, test } from 'vitest';
import type { Group } from '@/api/types';
import { admissionOf, draftOf, faults, placesOf, type Draft } from './admission';

const group: Group = {
  id: 'group_1', channel: 'chat', external_id: 'g1', name: '荷塘苑邻里群', state: 'waiting', grid_id: null, grid: '', community: '',
  street: '', notice_at: null, last_heard_at: null, messages: 0, dropped: 3, notice: null, silence: { too_long: false, hours: 0, days_heard: 0, days: 0 },
};
const good: Draft = {
  grid_id: '', grid: '第1微网格', community: '荷塘社区', street: '清溪河街道', responsible: '居委会', legal_basis: '同意',
  notice_at: null, places: '',
};

test('the last answers of the same channel are offered, but not its grid', () => {
  const others = [
    { ...group, channel: 'other', state: 'admitted', community: '别处' },
    { ...group, state: 'admitted', grid: '第9微网格', community: '荷塘社区', street: '清溪河街道', responsible: '居委会' },
  ] as Group[];
  expect(draftOf(group, others)).toMatchObject({ grid: '', community: '荷塘社区', responsible: '居委会' });
});
test('what is missing is named', () => {
  expect(faults({ ...good, grid: '  ', street: '' }, 0, false)).toEqual({ grid: { key: 'missing' }, street: { key: 'missing' } });
  expect(faults(good, 0, false)).toEqual({});
});
test('lengths are counted in code points', () => {
  expect(faults({ ...good, grid: '😀'.repeat(128) }, 0, false)).toEqual({});
  expect(faults({ ...good, grid: '格'.repeat(129) }, 0, false).grid?.key).toBe('tooLong');
});
test('a notice of tomorrow was not posted', () => {
  expect(faults({ ...good, notice_at: new Date(2) }, 1, false).notice_at?.key).toBe('future');
});
test('places: one a line, each once', () => {
  expect(placesOf(' 荷塘苑 \n\n荷塘苑\r\n荷塘北街')).toEqual(['荷塘苑', '荷塘北街']);
  expect(faults({ ...good, places: '路'.repeat(129) }, 0, false).places?.key).toBe('placeTooLong');
  expect(admissionOf(good, false)).not.toHaveProperty('places');
});
test('with a grid tree, a grid is chosen and no text is sent', () => {
  expect(faults({ ...good, grid: '', street: '' }, 0, true)).toEqual({ grid_id: { key: 'choose' } });
  const chosen = { ...good, grid_id: 'grid_1' };
  expect(faults(chosen, 0, true)).toEqual({});
  expect(admissionOf(chosen, true)).toEqual({ grid_id: 'grid_1', responsible: '居委会', legal_basis: '同意', notice_at: null });
  expect(admissionOf(chosen, false)).not.toHaveProperty('grid_id');
});
