// A person's ways in their order.
import type { PersonalWay } from '@/api/types';

const ALL: readonly PersonalWay[] = ['push', 'wecom', 'email', 'sms', 'voice'];

// Those that are wanted, best first, then the others.
export function offered(wanted: readonly PersonalWay[]): PersonalWay[] {
  return [...wanted, ...ALL.filter((way) => !wanted.includes(way))];
}

// One place up.
export function moved(order: readonly PersonalWay[], way: PersonalWay): PersonalWay[] {
  const at = order.indexOf(way);
  if (at <= 0) return [...order];
  const out = [...order];
  [out[at - 1], out[at]] = [way, order[at - 1]!];
  return out;
}
