// The promise as it stands now. The program's light is of the moment it answered; the clock on the screen goes on by
// the same steps: a third of the time gone is amber, two thirds calls the leader, all of it is a breach.
import type { LeadSummary, Promise15 } from '@/api/types';

export type Light = Promise15['light'];

export interface PromiseNow {
  light: Light;
  left: number; // share of the time that is left, 0..1
  word: 'none' | 'kept' | 'claimed' | 'keptLate' | 'seconds' | 'minutes' | 'justLate' | 'late' | 'lateHours' | 'lateDays';
  n: number; // the number in the words
}

const MINUTE = 60_000;

export function promiseNow(promise: LeadSummary['promise'], now: number, minutes: number): PromiseNow {
  const due = promise.due_at === null ? NaN : Date.parse(promise.due_at);
  if (promise.light === 'none' || Number.isNaN(due)) return { light: 'none', left: 0, word: 'none', n: 0 };
  if (promise.kept_at !== null) {
    const late = Date.parse(promise.kept_at) - due;
    if (late <= 0) return { light: 'kept', left: 1, word: promise.proved ? 'kept' : 'claimed', n: 0 };
    return { light: 'breach', left: 0, word: 'keptLate', n: Math.ceil(late / MINUTE) };
  }
  const remains = due - now;
  if (remains <= 0) {
    const late = Math.floor((now - due) / MINUTE);
    if (late === 0) return { light: 'breach', left: 0, word: 'justLate', n: 0 };
    if (late < 60) return { light: 'breach', left: 0, word: 'late', n: late };
    if (late < 24 * 60) return { light: 'breach', left: 0, word: 'lateHours', n: Math.floor(late / 60) };
    return { light: 'breach', left: 0, word: 'lateDays', n: Math.floor(late / (24 * 60)) };
  }
  const left = Math.min(1, remains / (minutes * MINUTE));
  const light = left > 2 / 3 ? 'green' : left > 1 / 3 ? 'amber' : 'call_leader';
  if (remains < MINUTE) return { light, left, word: 'seconds', n: Math.ceil(remains / 1000) };
  return { light, left, word: 'minutes', n: Math.min(minutes, Math.ceil(remains / MINUTE)) };
}
