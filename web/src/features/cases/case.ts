// Cases as pure functions: which ones, in which address, how much time they have, in which order an officer takes them.
import type { Component } from 'vue';
import type { CaseAction, CaseOffer, CaseState, CaseSummary } from '@/api/types';

// As the program gives them on the board: in the order of the workflow, parted by what they wait for.
export const PARTS = [
  { part: 'waiting', states: ['new', 'dispatched', 'transferred', 'returned', 'escalated', 'reopened'] },
  { part: 'working', states: ['accepted', 'in_progress', 'suspended'] },
  { part: 'asking', states: ['reported_done', 'followed_up'] },
  { part: 'ended', states: ['closed', 'rejected', 'archived'] },
] as const satisfies readonly { part: string; states: readonly CaseState[] }[];
export type Part = (typeof PARTS)[number]['part'];
export const STATES: readonly CaseState[] = PARTS.flatMap(({ states }) => [...states]);
const ENDED: readonly CaseState[] = ['closed', 'rejected', 'archived'];
// Somebody is to accept it.
const TO_ACCEPT: readonly CaseState[] = ['dispatched', 'transferred', 'escalated', 'reopened'];

// Words and pictures of categories; the page brings them.
export interface CategoryWords {
  domains: readonly { key: string; name: string; codes: readonly { code: string; name: string }[] }[];
  category: (code: string) => { name: string; zh: string; icon: Component };
  matter: (summary: string, place: string | null, category: string) => string; // without what stands beside it
}
export const titleOf = ({ title, place, category }: Pick<CaseSummary, 'title' | 'place' | 'category'>, words: CategoryWords) =>
  title === null || category === null ? title : words.matter(title, place, words.category(category).zh);

export interface CaseFilter {
  states: readonly CaseState[]; // none: all open ones
  mine: boolean;
  late: boolean;
  soon?: boolean; // late within the next two hours
  grid?: string;
  category?: string;
  urgency?: number;
}

// The filter stands in the address, so that a view can be kept as a bookmark.
export function filterOf(query: Record<string, unknown>): CaseFilter {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const level = Number(text(query.urgency));
  return {
    states: (text(query.state) ?? '').split(',').filter((each): each is CaseState => STATES.includes(each as CaseState)),
    mine: query.mine === 'yes',
    late: query.late === 'yes',
    ...(query.soon === 'yes' && { soon: true }),
    grid: text(query.grid),
    category: text(query.category),
    urgency: level >= 1 && level <= 4 ? level : undefined,
  };
}
export function addressOf({ states, mine, late, soon, grid, category, urgency }: CaseFilter): Record<string, string> {
  return {
    ...(states.length && { state: states.join(',') }),
    ...(mine && { mine: 'yes' }),
    ...(late && { late: 'yes' }),
    ...(soon && { soon: 'yes' }),
    ...(grid && { grid }),
    ...(category && { category }),
    ...(urgency && { urgency: String(urgency) }),
  };
}
// As query of GET /api/v1/cases.
export function queryOf({ states, mine, late, soon, grid, category, urgency }: CaseFilter) {
  return {
    ...(states.length && { state: states.join(',') }),
    ...(mine && { mine }),
    ...(late && { late }),
    ...(soon && { soon }),
    ...(grid && { grid }),
    ...(category && { category }),
    ...(urgency && { urgency }),
  };
}
export const NO_FILTER: CaseFilter = { states: [], mine: false, late: false };
export const isFiltered = (filter: CaseFilter) => Object.keys(addressOf(filter)).length > 0;

// The time that counts now: until it is accepted, then until it is done. The clock on the screen goes on by itself.
export interface CaseTime {
  what: 'accept' | 'due' | 'wake' | 'none';
  at: string | null; // instant, of 'wake' a day
  tone: 'calm' | 'soon' | 'late';
  word: 'left' | 'over' | 'none';
  unit: 'minutes' | 'hours' | 'days';
  n: number;
}
const MINUTE = 60_000;
const SOON_MS = { accept: 5 * MINUTE, due: 60 * MINUTE };
const nothing: CaseTime = { what: 'none', at: null, tone: 'calm', word: 'none', unit: 'minutes', n: 0 };

export function timeOf(one: Pick<CaseSummary, 'state' | 'accept_by' | 'accepted_at' | 'due_at' | 'done_at' | 'wake_on' | 'late'>, now: number): CaseTime {
  if (one.state === 'suspended') return one.wake_on === null ? nothing : { ...nothing, what: 'wake', at: one.wake_on };
  if (ENDED.includes(one.state) || one.state === 'reported_done' || one.state === 'followed_up') return nothing;
  const what = TO_ACCEPT.includes(one.state) && one.accept_by !== null ? 'accept' : 'due';
  const at = what === 'accept' ? one.accept_by : one.due_at;
  if (at === null || Number.isNaN(Date.parse(at))) return nothing;
  const remains = Date.parse(at) - now;
  const minutes = remains > 0 ? Math.ceil(remains / MINUTE) : Math.floor(-remains / MINUTE);
  const unit = minutes < 60 ? 'minutes' : minutes < 48 * 60 ? 'hours' : 'days';
  const n = Math.floor(minutes / { minutes: 1, hours: 60, days: 24 * 60 }[unit]);
  const tone = remains <= 0 || one.late ? 'late' : remains <= SOON_MS[what] ? 'soon' : 'calm';
  return { what, at, tone, word: remains > 0 ? 'left' : 'over', unit, n };
}

// The program's order of open cases: urgency 1 first, then by due time; what has none comes last.
export function compare(a: CaseSummary, b: CaseSummary): number {
  const due = (one: CaseSummary) => (one.due_at === null ? Infinity : Date.parse(one.due_at));
  const [dueA, dueB] = [due(a), due(b)];
  return Number(b.urgency === 1) - Number(a.urgency === 1) || (dueA === dueB ? 0 : dueA < dueB ? -1 : 1) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

// An officer's stack: what they can go on with, most urgent on top; below it what waits for a day or for somebody else.
export function stack<T extends CaseSummary>(cases: readonly T[], stateNow: (one: T) => CaseState): { now: T[]; resting: T[] } {
  const rests = (one: T) => ['suspended', 'reported_done', 'followed_up'].includes(stateNow(one));
  const sorted = cases.toSorted(compare);
  return { now: sorted.filter((one) => !rests(one)), resting: sorted.filter(rests) };
}

// Actions that carry the case on, in the order of its life. The first that is offered is the big button.
const ONWARD: readonly CaseAction[] = ['accept', 'start', 'report_done', 'resume', 'dispatch', 'follow_up', 'close'];
// These belong to who has the case; with somebody else's case they are not the next step.
const OWN: readonly CaseAction[] = ['accept', 'start', 'report_done', 'resume'];

// The offers of the program, parted into the next steps and the others. `mine`: it is with the caller or with nobody.
export function parted(offers: readonly CaseOffer[], mine: boolean): { next: CaseOffer[]; others: CaseOffer[] } {
  const next = ONWARD.flatMap((action) => offers.filter((each) => each.action === action && (mine || !OWN.includes(action))));
  // Who may accept it need not give it to somebody; who may start it may also be done at once.
  const shown = next[0]?.action === 'start' ? next.filter((each) => each.action === 'start' || each.action === 'report_done') : next.slice(0, 1);
  return { next: shown, others: offers.filter((each) => !shown.includes(each)) };
}

// Where words to the asker may go with a step (the contract's list).
const TELLING: readonly CaseAction[] = ['dispatch', 'accept', 'start', 'report_done', 'follow_up', 'reject', 'note'];
export const mayTell = (action: CaseAction, lead: string | null) => lead !== null && TELLING.includes(action);

// A number that can be called; a masked one cannot.
export function dialable(phone: string | null | undefined): string | undefined {
  const digits = phone?.replaceAll(/[\s()（）-]/g, '') ?? '';
  return /^\+?\d{3,15}$/.test(digits) ? digits : undefined;
}
