// Who is at a lead, as the clock on the screen has it: a claim lapses without anybody saying so.
import type { Claim, LeadSummary } from '@/api/types';

export function standing(claim: Claim | null | undefined, now: number): Claim | undefined {
  return claim && Date.parse(claim.until) > now ? claim : undefined;
}

// Somebody else's.
export function other(lead: Pick<LeadSummary, 'claim'> | undefined, now: number, me: string | undefined): Claim | undefined {
  const claim = standing(lead?.claim, now);
  return claim && claim.by.id !== me ? claim : undefined;
}

// Words can be sent about it.
export const answerable = (lead: Pick<LeadSummary, 'state'>) => ['open', 'confirmed', 'answered', 'in_case'].includes(lead.state);

// Leads that can still be worked on are claimed; looking at what is done claims nothing.
export const claimable = (lead: Pick<LeadSummary, 'state'>) => lead.state === 'open' || lead.state === 'confirmed';
