// What a person holds, by when it counts; what is asked of a new role.
import type { ColleagueDetails, StaffRole } from '@/api/types';

export type Held = ColleagueDetails['roles'][number];

// In force, to come, over; each in its own order.
export function byTime(roles: readonly Held[], today: string): { now: Held[]; coming: Held[]; past: Held[] } {
  const now = roles.filter((each) => each.now);
  const others = roles.filter((each) => !each.now);
  return {
    now,
    coming: others.filter((each) => each.from > today).toSorted((a, b) => a.from.localeCompare(b.from)),
    past: others.filter((each) => each.from <= today).toSorted((a, b) => (b.until ?? '').localeCompare(a.until ?? '')),
  };
}

export interface RoleDraft {
  role: StaffRole | '';
  everywhere: boolean;
  grid: string; // id
  from: string; // a day, or empty: today
  until: string; // a day, or empty: until somebody ends it
  deputy: string; // id of the person stood in for, or empty
  deputyText: string; // what was written there
}
export const emptyRole = (): RoleDraft => ({ role: '', everywhere: false, grid: '', from: '', until: '', deputy: '', deputyText: '' });

export type RoleFault = { role?: 'missing'; grid?: 'missing'; until?: 'before' | 'past'; deputy?: 'choose' };
export function roleFaults(draft: RoleDraft, today: string): RoleFault {
  const found: RoleFault = {};
  if (draft.role === '') found.role = 'missing';
  if (!draft.everywhere && draft.grid === '') found.grid = 'missing';
  if (draft.until !== '' && draft.until < (draft.from || today)) found.until = 'before';
  if (draft.until !== '' && draft.until < today) found.until = 'past';
  if (draft.deputy === '' && draft.deputyText.trim() !== '') found.deputy = 'choose';
  return found;
}
export function roleBody(draft: RoleDraft) {
  return {
    role: draft.role as StaffRole,
    ...(!draft.everywhere && { grid_id: draft.grid }),
    ...(draft.from && { from: draft.from }),
    ...(draft.until && { until: draft.until }),
    ...(draft.deputy && { deputy_for: draft.deputy }),
  };
}

// The same role again, from today on: what takes an ending back.
export function again(held: Held, today: string) {
  return {
    role: held.role,
    ...(held.grid && { grid_id: held.grid.id }),
    ...(held.from > today && { from: held.from }),
    ...(held.until && { until: held.until }),
    ...(held.deputy_for && { deputy_for: held.deputy_for }),
  };
}

const NAME = /^[a-z0-9._-]{1,64}$/;
export const isSignInName = (name: string) => NAME.test(name);
