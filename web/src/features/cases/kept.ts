// Steps that wait to be sent, as pure functions. A step is kept before it is sent and goes only when the program has it or
// the person lets it go: a cut line, a dead battery or somebody else's step in between lose nothing.
import type { Case, CaseAction, CaseOffer, CaseState, CaseStep, CaseSummary } from '@/api/types';

export interface Trouble {
  kind: 'changed' | 'refused'; // somebody else was there in between; the program does not take it
  title: string; // in the person's language, when it happened
  remedy: string;
}
export interface Kept {
  key: string; // Idempotency-Key: sent again it is not done twice
  case: string;
  number: string;
  title: string;
  step: CaseStep;
  to: CaseState; // where it leads
  // What the person saw.
  version: number;
  state: CaseState;
  assignee: string | null;
  at: number; // when they did it, ms
  trouble?: Trouble;
}

// What goes out next: in order, but a case whose step is in trouble waits with all that follows; others go on.
export function nextToSend(all: readonly Kept[]): Kept | undefined {
  const stopped = new Set(all.filter((each) => each.trouble).map((each) => each.case));
  return all.find((each) => !stopped.has(each.case));
}

// The program has it: the steps that follow build on what it answered.
export function sent(all: readonly Kept[], key: string, now: Pick<Case, 'id' | 'version' | 'state' | 'assignee'>): Kept[] {
  return all
    .filter((each) => each.key !== key)
    .map((each) => (each.case === now.id ? { ...each, version: now.version, state: now.state, assignee: now.assignee?.id ?? null } : each));
}

// Steps that may go on by themselves where somebody only added a word, urged or supervised in between.
const PLAIN: readonly CaseAction[] = ['accept', 'start', 'report_done', 'resume', 'note'];

// The version was an older one. done: it has happened already (an answer was lost); again: as it stood, only newer.
export function judge(kept: Kept, now: Case, me: string): 'done' | 'again' | 'changed' {
  const { action } = kept.step;
  const assignee = now.assignee?.id ?? null;
  const stays = kept.to === kept.state;
  if (!stays && now.state === kept.to && now.timeline.some((entry) => entry.kind === action && entry.by?.id === me && Date.parse(entry.at) >= kept.at - CLOCK_MS))
    return 'done';
  const same = now.state === kept.state && assignee === kept.assignee && now.actions.some((offer) => offer.action === action);
  return same && PLAIN.includes(action) ? 'again' : 'changed';
}
const CLOCK_MS = 10 * 60_000; // a phone's clock may be wrong

// To be sent anew on what the program says now. Its old key was answered with a refusal: it gets a new one.
export function again(all: readonly Kept[], key: string, now: Pick<Case, 'version' | 'state' | 'assignee'>, newKey: string): Kept[] {
  return all.map((each) =>
    each.key === key
      ? { ...each, key: newKey, version: now.version, state: now.state, assignee: now.assignee?.id ?? null, trouble: undefined }
      : each,
  );
}

export const inTrouble = (all: readonly Kept[], key: string, trouble: Trouble): Kept[] =>
  all.map((each) => (each.key === key ? { ...each, trouble } : each));

// The person lets it go, and with it what was done after it on the same case.
export function letGo(all: readonly Kept[], key: string): Kept[] {
  const at = all.findIndex((each) => each.key === key);
  return at < 0 ? [...all] : all.filter((each, n) => n < at || each.case !== all[at]!.case);
}

// What can follow a step that is not sent yet: an officer in a cellar goes on to the end. The program judges when it gets it.
const done: CaseOffer = { action: 'report_done', state: 'reported_done', needs: ['note'], may: [] };
const start: CaseOffer = { action: 'start', state: 'in_progress', needs: [], may: ['note'] };
const FOLLOWING: Partial<Record<CaseAction, readonly CaseOffer[]>> = { accept: [start, done], start: [done], resume: [done] };

// A case as the person left it: what is kept counts already.
export function asKept<T extends CaseSummary & { actions?: readonly CaseOffer[] }>(one: T, all: readonly Kept[]): { state: CaseState; actions: readonly CaseOffer[]; kept: Kept[] } {
  const kept = all.filter((each) => each.case === one.id);
  const last = kept.filter((each) => each.to !== each.state).at(-1);
  if (!last || kept.some((each) => each.trouble)) return { state: one.state, actions: one.actions ?? [], kept };
  return { state: last.to, actions: FOLLOWING[last.step.action] ?? [], kept };
}

// As it was written down; what cannot be read is no step.
export function readKept(text: string | null): Kept[] {
  try {
    const all: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(all) ? all.filter((each): each is Kept => typeof each?.key === 'string' && typeof each.case === 'string' && typeof each.step?.action === 'string') : [];
  } catch {
    return [];
  }
}
