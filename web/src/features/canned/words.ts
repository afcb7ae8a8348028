// The district's ready-made words as a list: what is wrong with one, and moving one up or down.
import type { Canned } from '@/api/types';

export const MOST = 100;
export const MOST_TITLE = 40;
export const MOST_TEXT = 500;
export const VARIABLES = ['称呼', '地点', '事情', '时间', '我'] as const;

// Names in braces that nobody fills in.
export const unknown = (text: string): string[] =>
  [...new Set([...text.matchAll(/\{([^{}]*)\}/gu)].map((each) => each[1]!.trim()))].filter((name) => !(VARIABLES as readonly string[]).includes(name));

export interface Faults {
  title?: 'empty' | 'taken';
  text?: 'empty' | 'unknown';
}
export function faults(one: Canned, others: readonly Canned[]): Faults {
  const title = one.title.trim();
  return {
    ...(title === '' ? { title: 'empty' as const } : others.some((each) => each.title === title) && { title: 'taken' as const }),
    ...(one.text.trim() === '' ? { text: 'empty' as const } : unknown(one.text).length > 0 && { text: 'unknown' as const }),
  };
}

export function moved(all: readonly Canned[], at: number, by: 1 | -1): Canned[] {
  const to = at + by;
  if (to < 0 || to >= all.length) return [...all];
  const next = [...all];
  [next[at], next[to]] = [next[to]!, next[at]!];
  return next;
}
