// Which role brings which right: docs/operations/roles.md once more (a test compares them). The program decides; the console
// only says who can, and offers to give what may be given.
import { session } from './client';
import type { HeldRole, StaffRole } from './types';

export type Right =
  | 'console' | 'leads.read' | 'leads.decide' | 'names.read' | 'names.reveal' | 'history.read' | 'groups.read'
  | 'replies.send' | 'cases.read' | 'cases.work' | 'cases.supervise' | 'cases.hidden' | 'knowledge.read' | 'knowledge.change' | 'assist.change'
  | 'groups.change' | 'groups.admit' | 'messages.import' | 'channels.read' | 'channels.change' | 'grids.read' | 'grids.change' | 'people.read'
  | 'people.change' | 'roster.read' | 'roster.change' | 'routing.change' | 'audit.read' | 'keys.change' | 'privacy.change';

const everyday: readonly Right[] = ['console', 'grids.read', 'roster.read', 'knowledge.read'];
const deciding: readonly Right[] = [...everyday, 'leads.read', 'leads.decide', 'names.read', 'history.read', 'groups.read', 'replies.send', 'cases.read', 'cases.work', 'messages.import'];

// In the order in which they are offered.
export const RIGHTS_OF: Readonly<Record<StaffRole, readonly Right[]>> = {
  agent: deciding,
  shift_leader: [...deciding, 'cases.supervise', 'people.read', 'roster.change'],
  grid_head: [...deciding, 'cases.supervise', 'people.read', 'roster.change'],
  officer: deciding,
  volunteer: [...everyday, 'leads.read'],
  secretary: [...deciding, 'cases.supervise', 'knowledge.change', 'people.read', 'people.change', 'roster.change', 'routing.change'],
  manager: [...everyday, 'leads.read', 'names.reveal', 'history.read', 'groups.read', 'cases.read', 'cases.supervise', 'people.read', 'people.change'],
  support: [...everyday, 'leads.read', 'names.reveal', 'history.read', 'groups.read', 'cases.read', 'knowledge.change', 'groups.change', 'messages.import', 'channels.read', 'people.read', 'routing.change'],
  department: [...everyday, 'cases.read', 'cases.work'],
  trainer: everyday,
  auditor: ['console', 'audit.read'],
  integrator: ['leads.read', 'groups.read', 'channels.read', 'grids.read'],
  administrator: [
    ...deciding, 'cases.supervise', 'cases.hidden', 'knowledge.change', 'assist.change', 'groups.change', 'groups.admit', 'channels.read', 'channels.change', 'grids.change', 'people.read', 'people.change',
    'roster.change', 'routing.change', 'audit.read', 'keys.change', 'privacy.change',
  ],
};
export const ROLES = Object.keys(RIGHTS_OF) as StaffRole[];

export const rolesWith = (right: Right): StaffRole[] => ROLES.filter((role) => RIGHTS_OF[role].includes(right));

// Who sees names has no need to reveal them.
const covers = (rights: readonly Right[], right: Right) => rights.includes(right) || (right === 'names.reveal' && rights.includes('names.read'));

// Roles that somebody may give who holds these: nobody gives more than they have in one place.
export function mayGive(held: readonly Pick<HeldRole, 'role'>[]): StaffRole[] {
  return ROLES.filter((role) =>
    held.some((mine) => {
      const rights = RIGHTS_OF[mine.role];
      return rights.includes('people.change') && RIGHTS_OF[role].every((right) => covers(rights, right));
    }),
  );
}

// Whether a right is held everywhere, not only in some grids: what belongs to no grid takes that.
export const everywhere = (right: Right) =>
  session.value?.roles.some((held) => held.grid === null && RIGHTS_OF[held.role].includes(right)) ?? false;
