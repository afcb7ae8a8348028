// Times in plain words: relative within the hour, clock time within the day, the date beyond.
export interface TimeWords {
  (key: string, args: Record<string, unknown>): string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function sameDay(a: Date, b: Date): boolean {
  return a.toDateString() === b.toDateString();
}

export function clock(at: Date): string {
  return `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
}

export function ago(at: string, now: number, t: TimeWords): string {
  const then = new Date(at);
  const passed = now - then.getTime();
  if (passed < MINUTE && passed > -MINUTE) return t('time.justNow', {});
  if (passed >= 0 && passed < HOUR) return t('time.minutesAgo', { n: Math.floor(passed / MINUTE) });
  return day(at, now, t);
}

// Clock time, with the day where it is not today.
export function day(at: string, now: number, t: TimeWords): string {
  const then = new Date(at);
  const today = new Date(now);
  if (sameDay(then, today)) return clock(then);
  if (sameDay(then, new Date(now - 24 * HOUR))) return t('time.yesterday', { clock: clock(then) });
  const args = { year: then.getFullYear(), month: then.getMonth() + 1, day: then.getDate(), clock: clock(then) };
  return t(then.getFullYear() === today.getFullYear() ? 'time.date' : 'time.dateYear', args);
}

// For tooltips: everything, to the second.
export function full(at: string): string {
  const then = new Date(at);
  const pad = (n: number) => String(n).padStart(2, '0');
  return (
    `${then.getFullYear()}-${pad(then.getMonth() + 1)}-${pad(then.getDate())} ` +
    `${clock(then)}:${pad(then.getSeconds())}`
  );
}

// A day of the calendar, "2026-11-28".
export function dayWords(date: string, now: number, t: TimeWords): string {
  const [year, month, inMonth] = date.split('-').map(Number);
  const args = { year, month, day: inMonth };
  return t(year === new Date(now).getFullYear() ? 'time.day' : 'time.dayYear', args);
}

// Today's, and those around it.
export function dayOf(at: number, days = 0): string {
  const then = new Date(at);
  const local = new Date(then.getFullYear(), then.getMonth(), then.getDate() + days);
  const pad = (n: number) => String(n).padStart(2, '0');
  return `${local.getFullYear()}-${pad(local.getMonth() + 1)}-${pad(local.getDate())}`;
}
