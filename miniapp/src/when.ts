// Times as one says them. `iso`: RFC 3339; the phone's own zone counts.
import type { Words } from './words';

const two = (n: number) => String(n).padStart(2, '0');
const dayOf = (date: Date) => Math.round(new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() / 86_400_000);

export function day(iso: string, now: Date, words: Words): string {
  // A date without a time is that day wherever one is.
  const [y, m, d] = iso.length === 10 ? iso.split('-').map(Number) : [];
  const date = y ? new Date(y, m! - 1, d) : new Date(iso);
  const off = dayOf(date) - dayOf(now);
  if (off === 0) return words.today;
  if (off === -1) return words.yesterday;
  if (off === 1) return words.tomorrow;
  return words.date(date.getFullYear() === now.getFullYear() ? 0 : date.getFullYear(), date.getMonth() + 1, date.getDate());
}

export function when(iso: string, now: Date, words: Words): string {
  const date = new Date(iso);
  return `${day(iso, now, words)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}
