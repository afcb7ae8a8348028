// Which emergencies ring: open, live, not answered, nobody at them.
import type { LeadSummary } from '@/api/types';

export function rings(lead: LeadSummary, now: number): boolean {
  if (lead.urgency !== 1 || lead.state !== 'open' || !lead.live || lead.promise.kept_at !== null) return false;
  return !lead.claim || Date.parse(lead.claim.until) <= now;
}

// What is known of the emergencies; the newest revision of each counts.
export function hear(known: Map<string, LeadSummary>, lead: LeadSummary): void {
  const before = known.get(lead.id);
  if (before && before.revision > lead.revision) return;
  if (lead.urgency === 1 && lead.state === 'open') known.set(lead.id, lead);
  else known.delete(lead.id);
}
