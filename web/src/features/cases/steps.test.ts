import { describe, expect, test } from 'vitest';
import { bodyOf, emptyCase, faultsOf as caseFaults } from './newCase';
import { emptyDraft, faultsOf, fieldsOf, stepOf, waysOf, type Draft } from './steps';
import type { CaseOffer } from '@/api/types';

const now = new Date('2026-11-23T10:00').getTime();
const today = '2026-11-23';
const draft = (over: Partial<Draft>): Draft => ({ ...emptyDraft(), ...over });
const offer = (action: CaseOffer['action'], needs: CaseOffer['needs'], may: CaseOffer['may'] = []): CaseOffer => ({ action, state: 'returned', needs, may });

test.each<[CaseOffer, Partial<Draft>, object]>([
  [offer('return', ['reason'], ['note']), {}, { reason: 'missing' }],
  [offer('return', ['reason'], ['note']), { reason: '  ' }, { reason: 'missing' }],
  [offer('return', ['reason'], ['note']), { reason: '不在我的网格' }, {}],
  [offer('transfer', ['to', 'reason']), { reason: '交班' }, { to: 'missing' }],
  [offer('suspend', ['reason', 'wake_on']), { reason: '等配件', wake_on: '2026-11-23' }, { wake_on: 'past' }],
  [offer('suspend', ['reason', 'wake_on']), { reason: '等配件', wake_on: '2026-11-24' }, {}],
  [offer('suspend', ['reason', 'wake_on']), { reason: '等配件', wake_on: '2027-11-24' }, { wake_on: 'far' }],
  [offer('supervise', ['due_at']), { due_at: '2026-11-23T09:59' }, { due_at: 'past' }],
  [offer('supervise', ['due_at']), { due_at: '2026-11-23T12:00' }, {}],
  [offer('urge', [], ['due_at', 'note']), {}, {}],
  [offer('accept', []), { tell: { on: true, way: 'group', text: ' ' } }, { tell: 'missing' }],
])('%j with %j: %j', (of, said, faults) => expect(faultsOf(draft(said), of, now, today)).toEqual(faults));

test('only what was asked for is said', () => {
  const said = draft({ reason: ' 等配件 ', note: '周三到', wake_on: '2026-11-26', responsible: '物业', stars: 4, tell: { on: true, way: 'phone', text: '周三修' } });
  expect(stepOf(said, offer('suspend', ['reason', 'wake_on'], ['note']))).toEqual({
    action: 'suspend', reason: '等配件', note: '周三到', wake_on: '2026-11-26', tell: { text: '周三修', way: 'phone', machine: false },
  });
  expect(stepOf(draft({ stars: 0 }), offer('follow_up', ['note'], ['stars']))).toEqual({ action: 'follow_up' });
});
test('fields come in the order in which people think', () => {
  expect(fieldsOf(offer('transfer', ['reason', 'to'], ['note'])).map(({ field }) => field)).toEqual(['to', 'reason', 'note']);
});
test('what is confidential never goes to the group', () => expect(waysOf(true)).not.toContain('group'));

describe('filed by hand', () => {
  const whole = { ...emptyCase(), title: ' 楼道灯不亮 ', grid: 'grid_1', category: 'lighting', contact_phone: '13800138000' };
  test('what is missing', () => {
    expect(caseFaults(emptyCase())).toEqual({ title: true, grid: true, category: true, contact_phone: true });
    expect(caseFaults({ ...emptyCase(), answer_by: 'door' })).not.toHaveProperty('contact_phone');
    expect(caseFaults(whole)).toEqual({});
  });
  test('its body', () => {
    expect(bodyOf(whole)).toEqual({
      title: '楼道灯不亮', category: 'lighting', urgency: 3, grid_id: 'grid_1', came_by: 'phone', answer_by: 'phone', contact_phone: '13800138000', confidential: false, dispatch: true, answered: false,
    });
  });
});

test('photos go with a note and with done, and with nothing else', () => {
  const done = { ...emptyDraft(), note: '换了接头', photos: [{ id: 'file_1', src: 'blob:x' }], photosShown: true };
  expect(stepOf(done, { action: 'report_done', needs: ['note'], may: [] })).toEqual({ action: 'report_done', note: '换了接头', files: ['file_1'], files_shown: true });
  expect(stepOf({ ...done, photos: [] }, { action: 'note', needs: ['note'], may: [] })).toEqual({ action: 'note', note: '换了接头' });
  expect(stepOf(done, { action: 'urge', needs: [], may: ['note'] })).toEqual({ action: 'urge', note: '换了接头' });
});
