// The calendar's table: what is pasted or picked becomes the bytes that are sent, and what was written is taken back.
import type { CalendarPlan } from '@/api/types';

export const FILE_MOST = 1024 * 1024;

// Cells copied from a spreadsheet are parted by tabs; the program reads commas.
export function csvOf(text: string): string {
  if (!text.includes('\t')) return text;
  const quoted = (cell: string) => (/[",]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return text.split(/\r?\n/).map((line) => line.split('\t').map(quoted).join(',')).join('\n');
}

// The days as they were; one that was new goes. As many at a time as the program takes.
const MOST = 1000;
export function undoing({ changes }: Pick<CalendarPlan, 'changes'>) {
  const days = changes.map(({ date, before }) => (before ? { date, kind: before.kind, name: before.name } : { date, kind: null }));
  return Array.from({ length: Math.ceil(days.length / MOST) }, (_, n) => days.slice(n * MOST, (n + 1) * MOST));
}
