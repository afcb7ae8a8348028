// A week of the roster: its days, its rows, the words for times. Pure.
import type { Gap, Shift } from '@/api/types';
import { dayWords, type TimeWords } from '@/ui/time';

// Monday of the week in which a day lies.
export function monday(day: string): string {
  const at = new Date(`${day}T12:00:00Z`);
  return plus(day, -((at.getUTCDay() + 6) % 7));
}
export function plus(day: string, days: number): string {
  return new Date(Date.parse(`${day}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}
export const weekOf = (first: string) => [0, 1, 2, 3, 4, 5, 6].map((n) => plus(first, n));

const pad = (n: number) => String(n).padStart(2, '0');
export function dayOfTime(at: string): string {
  const then = new Date(at);
  return `${then.getFullYear()}-${pad(then.getMonth() + 1)}-${pad(then.getDate())}`;
}
const clock = (at: string) => {
  const then = new Date(at);
  return `${pad(then.getHours())}:${pad(then.getMinutes())}`;
};

// "18:00–08:00"; `later`: how many days after its first one it ends (midnight ends the day before).
export function hours(shift: Pick<Shift, 'from' | 'to'>): { from: string; to: string; later: number } {
  const midnight = clock(shift.to) === '00:00';
  const last = dayOfTime(midnight ? new Date(Date.parse(shift.to) - 60_000).toISOString() : shift.to);
  const later = Math.round((Date.parse(last) - Date.parse(dayOfTime(shift.from))) / 86_400_000);
  return { from: clock(shift.from), to: midnight ? '24:00' : clock(shift.to), later };
}

// Its end in words: the clock on the same day, "next day", or with its date.
export function endWords(what: Pick<Shift, 'from' | 'to'>, now: number, t: TimeWords): string {
  const { to, later } = hours(what);
  if (later === 0) return to;
  return later === 1 ? t('duty.nextDay', { clock: to }) : t('duty.laterDay', { day: dayWords(plus(dayOfTime(what.from), later), now, t), clock: to });
}

export interface Row {
  key: string;
  grid: Shift['grid'];
  duty: Shift['duty'];
  days: Shift[][]; // by day of the week, each by its beginning
}
const DUTIES: Shift['duty'][] = ['agent', 'shift_leader', 'officer', 'on_call'];

// One row for each grid and duty that somebody has in these days. A shift stands on the day on which it begins; one that
// began before the first day and reaches into it stands on that.
export function rows(shifts: readonly Shift[], days: readonly string[]): Row[] {
  const found = new Map<string, Row>();
  for (const shift of shifts.toSorted((a, b) => a.from.localeCompare(b.from))) {
    const key = `${shift.grid.id} ${shift.duty}`;
    const before = dayOfTime(shift.from) < days[0]!;
    const at = before ? (new Date(shift.to) > new Date(`${days[0]!}T00:00:00`) ? 0 : -1) : days.indexOf(dayOfTime(shift.from));
    if (at < 0) continue;
    const row = found.get(key) ?? { key, grid: shift.grid, duty: shift.duty, days: days.map(() => []) };
    row.days[at]!.push(shift);
    found.set(key, row);
  }
  return [...found.values()].toSorted((a, b) => a.grid.code.localeCompare(b.grid.code) || DUTIES.indexOf(a.duty) - DUTIES.indexOf(b.duty));
}

// A time of day on a day, as an instant; an end that is not after the beginning is on the next day.
export function span(day: string, from: string, to: string): { from: string; to: string } {
  const begin = new Date(`${day}T${from}:00`);
  const end = new Date(`${day}T${to === '24:00' ? '00:00' : to}:00`);
  if (end <= begin) end.setDate(end.getDate() + 1);
  return { from: begin.toISOString(), to: end.toISOString() };
}
export function wholeDays(first: string, last: string): { from: string; to: string } {
  return { from: new Date(`${first}T00:00:00`).toISOString(), to: new Date(`${plus(last, 1)}T00:00:00`).toISOString() };
}

// The same warning of several shifts in a row is said once, with how often.
export function heaps(gaps: readonly Gap[]): { gap: Gap; more: number }[] {
  const found = new Map<string, { gap: Gap; more: number }>();
  for (const gap of gaps) {
    const key = [gap.kind, gap.grid.id, gap.duty, gap.person?.id].join(' ');
    const heap = found.get(key);
    if (heap) heap.more += 1;
    else found.set(key, { gap, more: 0 });
  }
  return [...found.values()];
}
