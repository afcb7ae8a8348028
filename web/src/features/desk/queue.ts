// The queue as pure functions: what belongs in it, in which order, and what an event does to it.
import type { LeadSummary } from '@/api/types';

// The tabs above the queue. Historic leads come from imports and late messages; they carry no promise.
export const TABS = ['open', 'historic', 'confirmed', 'answered', 'dismissed'] as const;
export type Tab = (typeof TABS)[number];

export interface Filter {
  tab: Tab;
  category?: string;
  urgency?: number;
  group?: string;
}

// As query of GET /api/v1/leads.
export function queryOf(filter: Filter) {
  const { tab, category, urgency, group } = filter;
  const open = tab === 'open' || tab === 'historic';
  return { state: open ? 'open' : tab, ...(open && { live: tab === 'open' }), category, urgency, group };
}

export function matches(lead: LeadSummary, filter: Filter): boolean {
  const { tab, category, urgency, group } = filter;
  if (lead.state !== (tab === 'historic' ? 'open' : tab)) return false;
  if (tab === 'open' && !lead.live) return false;
  if (tab === 'historic' && lead.live) return false;
  if (category && lead.category !== category) return false;
  if (urgency && lead.urgency !== urgency) return false;
  return !group || lead.groups.some((each) => each.id === group);
}

// Where an open lead stands: emergencies, promises, broken ones where the program has set them behind, those that somebody
// answered by hand, history.
function rank(lead: LeadSummary, broken: number): number {
  if (!lead.live) return 4;
  if (lead.urgency === 1) return 0;
  if (lead.promise.kept_at !== null) return 3;
  return Date.parse(lead.promise.due_at ?? lead.asked_at) <= broken ? 2 : 1;
}

// The program's order: by rank, then the promise that ends first; decided ones by the latest decision.
// broken: promises that ended until then stand behind those that hold; 0: none does.
export function compare(a: LeadSummary, b: LeadSummary, broken = 0): number {
  if (a.state !== 'open' && b.state !== 'open') {
    return Date.parse(b.decided_at ?? b.latest_at) - Date.parse(a.decided_at ?? a.latest_at) || byId(b, a);
  }
  return (
    rank(a, broken) - rank(b, broken) ||
    Date.parse(a.asked_at) - Date.parse(b.asked_at) ||
    byId(a, b)
  );
}
const byId = (a: LeadSummary, b: LeadSummary) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

// Where the eyes go when `id` leaves the list: the next one down, else the one above.
export function nextAfter(ids: readonly string[], id: string | undefined): string | undefined {
  const at = id === undefined ? -1 : ids.indexOf(id);
  return ids[at + 1] ?? ids[at - 1];
}

export interface Queue {
  rows: LeadSummary[]; // as shown, in order
  held: LeadSummary[]; // new ones that wait until the hand is away
  gone: Set<string>; // rows that no longer belong here, still shown with a word about who decided
  fresh: Set<string>; // rows that came in by themselves just now
  seen: Map<string, number>; // the newest revision known of each lead
  total: number; // how many match in all
  more: boolean; // there are pages behind the last row
  broken: number; // of compare()
}

export function emptyQueue(): Queue {
  return { rows: [], held: [], gone: new Set(), fresh: new Set(), seen: new Map(), total: 0, more: false, broken: 0 };
}

function sort(queue: Queue): void {
  queue.rows.sort((a, b) => compare(a, b, queue.broken));
}

// A page as the program gave it. Leads that events have told newer things about keep those.
export function addPage(queue: Queue, page: readonly LeadSummary[], filter: Filter): void {
  const known = new Set([...queue.rows, ...queue.held].map((each) => each.id));
  for (const lead of page) {
    if (known.has(lead.id) || (queue.seen.get(lead.id) ?? -1) > lead.revision) continue;
    queue.seen.set(lead.id, lead.revision);
    if (matches(lead, filter)) queue.rows.push(lead);
  }
  sort(queue);
}

export type Effect =
  | 'none' // known already, or not for this list
  | 'changed'
  | 'opened' // a new row, shown or held
  | 'left' // no longer belongs here
  | 'recount'; // it lies beyond the loaded pages: only the program can count

// holding: a hand is in the list, so nothing may move. mine: this person decided it here, so it leaves at once.
export function receive(
  queue: Queue,
  lead: LeadSummary,
  filter: Filter,
  { holding, mine }: { holding: boolean; mine: boolean },
): Effect {
  const known = queue.seen.get(lead.id) ?? -1;
  if (known === lead.revision) return claimed(queue, lead);
  if (known > lead.revision) return 'none';
  queue.seen.set(lead.id, lead.revision);
  const belongs = matches(lead, filter);
  const at = queue.rows.findIndex((each) => each.id === lead.id);
  if (at >= 0) {
    queue.rows[at] = lead;
    if (belongs) {
      if (queue.gone.delete(lead.id)) queue.total++;
      if (!holding) sort(queue);
      return 'changed';
    }
    if (!queue.gone.has(lead.id)) queue.total--;
    if (mine) {
      queue.rows.splice(at, 1);
      queue.gone.delete(lead.id);
    } else {
      queue.gone.add(lead.id);
    }
    return 'left';
  }
  const waiting = queue.held.findIndex((each) => each.id === lead.id);
  if (waiting >= 0) {
    if (belongs) {
      queue.held[waiting] = lead;
      return 'changed';
    }
    queue.held.splice(waiting, 1);
    queue.total--;
    return 'left';
  }
  if (!belongs) return queue.more ? 'recount' : 'none';
  const last = queue.rows.at(-1);
  if (queue.more && last && compare(lead, last, queue.broken) > 0) return 'recount';
  queue.total++;
  if (holding) {
    queue.held.push(lead);
  } else {
    queue.rows.push(lead);
    sort(queue);
    queue.fresh.add(lead.id);
  }
  return 'opened';
}

// Who is at a lead is no revision of it.
function claimed(queue: Queue, lead: LeadSummary): Effect {
  for (const rows of [queue.rows, queue.held]) {
    const at = rows.findIndex((each) => each.id === lead.id);
    if (at < 0) continue;
    if (JSON.stringify(rows[at]!.claim) === JSON.stringify(lead.claim)) return 'none';
    rows[at] = { ...rows[at]!, claim: lead.claim };
    return 'changed';
  }
  return 'none';
}

// It went to a grid of others: nothing of it stays to be read, not even under the hand.
export function drop(queue: Queue, id: string): Effect {
  const known = queue.seen.get(id);
  // Its move was a revision: pages from before are older, its return is newer.
  if (known !== undefined) queue.seen.set(id, known + 1);
  queue.fresh.delete(id);
  const rows = queue.rows.filter((each) => each.id !== id);
  const held = queue.held.filter((each) => each.id !== id);
  if (rows.length + held.length === queue.rows.length + queue.held.length) return queue.more ? 'recount' : 'none';
  if (!queue.gone.delete(id)) queue.total--;
  Object.assign(queue, { rows, held });
  return 'left';
}

// The hand is away: what waited comes in, what has left goes.
export function settle(queue: Queue): void {
  for (const lead of queue.held) {
    queue.rows.push(lead);
    queue.fresh.add(lead.id);
  }
  queue.held = [];
  queue.rows = queue.rows.filter((each) => !queue.gone.has(each.id));
  queue.gone.clear();
  sort(queue);
}

export function take(queue: Queue, id: string): LeadSummary | undefined {
  const at = queue.rows.findIndex((each) => each.id === id);
  if (at < 0) return undefined;
  if (!queue.gone.delete(id)) queue.total--;
  return queue.rows.splice(at, 1)[0];
}

// A decision that did not go through: the lead stands where it stood.
export function putBack(queue: Queue, lead: LeadSummary, filter: Filter): void {
  if (!matches(lead, filter) || queue.rows.some((each) => each.id === lead.id)) return;
  queue.rows.push(lead);
  sort(queue);
  queue.total++;
}
