// Which open leads look like one: the same category, about the same time, in the same grid, community, or wherever one sees.
import type { LeadSummary } from '@/api/types';

export const NEAR = ['grid', 'community', 'all'] as const;
export type Near = (typeof NEAR)[number];
const HOURS = 3; // between their first words

export function alike(pool: readonly LeadSummary[], like: LeadSummary, near: Near): LeadSummary[] {
  const at = Date.parse(like.asked_at);
  const place = (lead: LeadSummary) => (near === 'grid' ? (lead.grid?.id ?? lead.community) : near === 'community' ? lead.community : '');
  return pool.filter(
    (each) => each.id === like.id || (each.category === like.category && each.live === like.live && Math.abs(Date.parse(each.asked_at) - at) <= HOURS * 3_600_000 && place(each) === place(like)),
  );
}
