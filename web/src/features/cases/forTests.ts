// A case as the program gives it, for tests.
import type { Case, CaseOffer } from '@/api/types';

export const wang = { id: 'usr_2', display_name: '王敏' };
export const offers: Record<'accept' | 'start' | 'report_done' | 'return' | 'note' | 'transfer', CaseOffer> = {
  accept: { action: 'accept', state: 'accepted', needs: [], may: ['note'] },
  start: { action: 'start', state: 'in_progress', needs: [], may: ['note'] },
  report_done: { action: 'report_done', state: 'reported_done', needs: ['note'], may: [] },
  return: { action: 'return', state: 'returned', needs: ['reason'], may: ['note'] },
  note: { action: 'note', state: 'dispatched', needs: ['note'], may: [] },
  transfer: { action: 'transfer', state: 'transferred', needs: ['to', 'reason'], may: ['note'] },
};

export function caseOf(over: Partial<Case> = {}): Case {
  return {
    id: 'case_1', number: 'JN-20261123-0042', lead: 'lead_1', revision: 1, version: 1, state: 'dispatched', open: true, category: 'water_leak', urgency: 2,
    title: '天花板滴水', place: '锦苑3栋2单元', grid: { id: 'grid_1', code: 'QX01', level: 'community', name: '荷塘社区' }, confidential: false, hidden: false,
    assignee: wang, opened_by: { id: 'usr_1', display_name: '周宁' }, opened_at: '2026-11-23T14:14:00Z', accept_by: '2026-11-23T14:30:00Z', accepted_at: null,
    due_at: '2026-11-23T18:14:00Z', late: false, done_at: null, closed_at: null, wake_on: null, urged: null, supervised: null, stars: null, came_by: 'lead',
    answer_by: 'group', parent: null, children: 0, promise: { light: 'green', due_at: '2026-11-23T14:25:00Z', kept_at: null, proved: false }, summary: null, contact: null, names_shown: true,
    reason: null, responsible: null, accept: null, due: null, pauses: [], returns: 0, timeline: [], actions: [offers.accept, offers.return, offers.note], tasks: [], may_send_task: false, undo_until: null,
    ...over,
  };
}
