// Words that a person has begun, by lead. They survive going to another lead and reloading the page, and belong to whoever
// wrote them: in this tab's storage, never in the browser's, gone at sign-out.
import { reactive } from 'vue';
import type { Reply } from '@/api/types';

export type Way = Reply['way'];
export interface Draft {
  text: string;
  way: Way;
  ends: boolean;
  groups: string[];
  quotes: string | null;
  sources: string[];
  machine: boolean; // words of a model are in it: the district's mark is added
}

const KEY = 'linli.replies';
const MOST = 50; // leads; the oldest go first

interface Kept {
  user: string;
  drafts: Record<string, Draft>;
}
const kept = reactive<Kept>({ user: '', drafts: {} });

function save(): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(kept));
  } catch {
    // A browser that keeps nothing: the words live as long as the page.
  }
}

// Leads that several were just merged into: the answer goes wherever it was asked.
const everywhere = new Set<string>();
export const answerEverywhere = (lead: string) => everywhere.add(lead);
export const isAnsweredEverywhere = (lead: string) => everywhere.has(lead);

// Those of this person; another one's are dropped.
export function openDrafts(user: string): void {
  if (kept.user === user) return;
  Object.assign(kept, { user, drafts: {} });
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<Kept>;
    if (stored.user === user && stored.drafts) kept.drafts = stored.drafts;
    else sessionStorage.removeItem(KEY);
  } catch {
    // Nothing readable.
  }
}
export const draftOf = (lead: string): Draft | undefined => kept.drafts[lead];
export function keepDraft(lead: string, draft: Draft): void {
  delete kept.drafts[lead]; // the newest stands last
  kept.drafts[lead] = draft;
  for (const oldest of Object.keys(kept.drafts).slice(0, -MOST)) delete kept.drafts[oldest];
  save();
}
export function dropDraft(lead: string): void {
  delete kept.drafts[lead];
  save();
}
export function forgetDrafts(): void {
  Object.assign(kept, { user: '', drafts: {} });
  sessionStorage.removeItem(KEY);
}
