import { describe, expect, it } from 'vitest';
import { bodyOf, faultsOf, local, startOf } from './tasks';

const NOW = Date.parse('2026-11-25T10:00:00+08:00');
const one = { title: '路灯不亮', place: '锦苑3栋', due_at: null, contact: { name: '李姐', phone: '13800001111' }, names_shown: true };

describe('what is given to a unit', () => {
  it('begins with what the case says, until tomorrow', () => {
    const draft = startOf(one, NOW);
    expect(draft.what).toBe('路灯不亮');
    expect(draft.due_at).toBe(local(NOW + 24 * 3_600_000));
    expect(draft.contact).toBe('');
    expect(startOf({ ...one, due_at: '2026-11-26T18:00:00+08:00' }, NOW).due_at).toBe(local(Date.parse('2026-11-26T18:00:00+08:00')));
    expect(startOf({ ...one, names_shown: false }, NOW).phone).toBe('');
  });
  it('says what is missing', () => {
    const draft = startOf(one, NOW);
    expect(Object.keys(faultsOf(draft, false, NOW))).toEqual(['unit']);
    expect(Object.keys(faultsOf({ ...draft, unit: 'unit_1' }, true, NOW))).toEqual(['reason']);
    expect(Object.keys(faultsOf({ ...draft, unit: 'unit_1', due_at: local(NOW - 60_000) }, false, NOW))).toEqual(['due_at']);
    expect(Object.keys(faultsOf({ ...draft, unit: 'unit_1', contact: 'consent', name: '', phone: ' ' }, false, NOW))).toEqual(['contact']);
  });
  it('gives nothing of the resident without their yes', () => {
    const draft = { ...startOf(one, NOW), unit: 'unit_1' };
    expect(JSON.stringify(bodyOf(draft, false))).not.toContain('13800001111');
    expect(bodyOf({ ...draft, contact: 'consent' }, false).contact).toEqual({ why: 'consent', name: '李姐', phone: '13800001111' });
  });
});
