// The way of a step to the program: kept in this browser first, sent at once or when the line is back, one after the other.
import type { QueryClient } from '@tanstack/vue-query';
import { computed, reactive, ref, watch } from 'vue';
import { actionKey, api, csrf, get, session } from '@/api/client';
import { connection } from '@/api/live';
import { Refusal, words } from '@/api/problem';
import type { Case, CaseOffer, CaseStep, CaseSummary } from '@/api/types';
import { i18n } from '@/i18n';
import { toast } from '@/ui/toasts';
import * as k from './kept';

// A line that hangs is none: the step stays kept and is sent again under the same key.
const PATIENCE_MS = 12_000;
const RETRY_MS = [3_000, 6_000, 15_000, 30_000];

export type Outcome = { what: 'sent'; case: Case } | { what: 'kept' } | { what: 'trouble'; key: string; error: unknown };

const t = (key: string, args: Record<string, unknown> = {}) => i18n.global.t(key, args);
const me = () => session.value?.user.id;
// Kept under the person's id: who signs in next in this browser neither sees nor sends it.
const place = () => `linli.cases.${me()}`;

const all = ref<k.Kept[]>([]);
const durable = ref(true); // false: this browser keeps nothing, steps live as long as the page
const busy = ref('');
let cache: QueryClient | undefined;
let attempt = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
const waiting = new Map<string, (outcome: Outcome) => void>();
// Their form is still open and shows how it goes: the case stands as it was until then.
const inForm = reactive(new Set<string>());

function load(): void {
  if (durable.value) all.value = me() ? k.readKept(localStorage.getItem(place())) : [];
}
function change(how: (now: readonly k.Kept[]) => k.Kept[]): void {
  load(); // another tab may have written
  all.value = how(all.value);
  try {
    if (all.value.length) localStorage.setItem(place(), JSON.stringify(all.value));
    else localStorage.removeItem(place());
    durable.value = true;
  } catch {
    durable.value = false;
  }
}
function settle(key: string, outcome: Outcome): void {
  inForm.delete(key);
  waiting.get(key)?.(outcome);
  waiting.delete(key);
}
function say(outcome: Outcome, offer: CaseOffer, number: string): void {
  if (outcome.what === 'sent') toast({ tone: 'done', title: t(`cases.done.${offer.action}`, { number }), ms: 4000 });
}

export const fetchCase = (id: string) => get(api.GET('/api/v1/cases/{case}', { params: { path: { case: id } } }));

function put({ key, case: id, version, step }: k.Kept): globalThis.Promise<Case> {
  const header = { 'If-Match': `"${version}"`, 'Idempotency-Key': key, ...csrf };
  return get(api.POST('/api/v1/cases/{case}/actions', { params: { path: { case: id }, header }, body: step, signal: AbortSignal.timeout(PATIENCE_MS) }));
}
function known(now: Case): void {
  cache?.setQueryData(['cases', 'one', now.id], now);
  for (const part of ['list', 'board']) void cache?.invalidateQueries({ queryKey: ['cases', part] });
}

// One step. Whether the next one may follow.
async function sendOne(kept: k.Kept): globalThis.Promise<boolean> {
  try {
    const now = await put(kept);
    change((before) => k.sent(before, kept.key, now));
    known(now);
    settle(kept.key, { what: 'sent', case: now });
    return true;
  } catch (error) {
    // Unreachable, signed out, overburdened: later.
    if (!(error instanceof Refusal) || error.unreachable || error.status === 401 || error.status === 429 || error.status >= 500) return false;
    if (error.status === 409 || error.status === 412) return changed(kept, error);
    const { title, remedy } = words(error, t);
    change((before) => k.inTrouble(before, kept.key, { kind: 'refused', title, remedy }));
    settle(kept.key, { what: 'trouble', key: kept.key, error });
    return true;
  }
}

// Somebody was there in between.
async function changed(kept: k.Kept, error: Refusal): globalThis.Promise<boolean> {
  let now: Case;
  try {
    now = await fetchCase(kept.case);
  } catch (cause) {
    if (!(cause instanceof Refusal) || cause.status !== 404) return false;
    // It lies in a grid of others now.
    change((before) => k.inTrouble(before, kept.key, { kind: 'changed', title: t('cases.kept.gone'), remedy: t('cases.kept.goneRemedy') }));
    settle(kept.key, { what: 'trouble', key: kept.key, error: cause });
    return true;
  }
  known(now);
  const found = k.judge(kept, now, me() ?? '');
  if (found === 'done') {
    change((before) => k.sent(before, kept.key, now));
    settle(kept.key, { what: 'sent', case: now });
  } else if (found === 'again') {
    const key = actionKey();
    if (inForm.delete(kept.key)) inForm.add(key);
    change((before) => k.again(before, kept.key, now, key));
    const waits = waiting.get(kept.key);
    waiting.delete(kept.key);
    if (waits) waiting.set(key, waits);
  } else {
    const who = now.assignee?.display_name ?? t('cases.nobody');
    const args = { state: t(`cases.state.${now.state}`), who };
    change((before) => k.inTrouble(before, kept.key, { kind: 'changed', title: t('cases.kept.changed', args), remedy: t('cases.kept.changedRemedy') }));
    settle(kept.key, { what: 'trouble', key: kept.key, error });
  }
  return true;
}

async function drain(): globalThis.Promise<void> {
  for (load(); me(); ) {
    const kept = k.nextToSend(all.value);
    if (!kept) break;
    busy.value = kept.key;
    const goesOn = await sendOne(kept).finally(() => (busy.value = ''));
    if (goesOn) {
      attempt = 0;
      continue;
    }
    for (const key of waiting.keys()) settle(key, { what: 'kept' });
    clearTimeout(timer);
    timer = setTimeout(flush, RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]);
    break;
  }
}

let draining: globalThis.Promise<void> | undefined;
// One tab sends at a time; where the browser has no locks, the keys keep a step from being done twice.
function flush(): void {
  if (draining) return;
  clearTimeout(timer);
  const once = () => drain();
  const run = navigator.locks ? navigator.locks.request('linli.cases', once) : once();
  draining = run.catch(() => {}).finally(() => {
    draining = undefined;
    if (!timerIsSet() && me() && k.nextToSend(all.value)) flush(); // one came while the last was being sent
  });
}
const timerIsSet = () => attempt > 0;

let begun = false;
// From the frame of all pages: what was kept goes out, whichever page is open.
export function startOutbox(client: QueryClient): void {
  cache = client;
  load();
  if (all.value.length) flush();
  if (begun) return;
  begun = true;
  const now = () => {
    attempt = 0;
    flush();
  };
  addEventListener('online', now);
  addEventListener('storage', ({ key }) => key === place() && load());
  watch(connection, (is) => is === 'live' && all.value.length > 0 && now());
  watch(me, () => {
    load();
    if (all.value.length) now();
  });
}

export function useOutbox() {
  return {
    all: computed(() => all.value.filter((each) => !inForm.has(each.key))),
    durable: computed(() => durable.value),
    sending: computed(() => busy.value),
    troubles: computed(() => all.value.filter((each) => each.trouble)),
    // The outcome: sent, kept (no line: it goes out by itself later), or in trouble (it stays kept until it is let go).
    // form: a form shows it until then; else the case stands at once as the step leaves it.
    async act(one: CaseSummary, offer: CaseOffer, step: CaseStep, form = false): globalThis.Promise<Outcome> {
      const key = actionKey();
      const { state } = k.asKept(one, all.value);
      const kept: k.Kept = {
        key, case: one.id, number: one.number, title: one.title ?? '', step, to: offer.state, version: one.version, state,
        assignee: one.assignee?.id ?? null, at: Date.now(),
      };
      const behind = all.value.some((each) => each.case === one.id && each.trouble);
      change((before) => [...before, kept]);
      let outcome: Outcome = { what: 'kept' };
      if (!behind && navigator.onLine) {
        if (form) inForm.add(key);
        const ends = new globalThis.Promise<Outcome>((resolve) => waiting.set(key, resolve));
        attempt = 0;
        flush();
        outcome = await ends;
      }
      say(outcome, offer, one.number);
      return outcome;
    },
    // Once more on what the case is now.
    async force(kept: k.Kept): globalThis.Promise<void> {
      const now = await fetchCase(kept.case);
      known(now);
      change((before) => k.again(before, kept.key, now, actionKey()));
      flush();
    },
    letGo(key: string): void {
      change((before) => k.letGo(before, key));
      flush();
    },
    retry(): void {
      attempt = 0;
      flush();
    },
  };
}
