// What to say when the program refused, or was not there.
import { Refusal } from './api/call';
import { unreadable } from './api/photo';
import type { Words } from './words';

export const gone = (trouble: unknown) => trouble instanceof Refusal && (trouble.status === 404 || trouble.status === 410);
export const changed = (trouble: unknown) => trouble instanceof Refusal && (trouble.status === 409 || trouble.status === 412);
export const nowhere = (trouble: unknown) => trouble instanceof Refusal && trouble.code === 'unknown_place';
export const unsent = (trouble: unknown) => trouble instanceof Refusal && trouble.status === 0;

export function troubleWords(trouble: unknown, words: Words): string {
  if (trouble instanceof Error && trouble.message === unreadable) return words.photoWrong;
  if (!(trouble instanceof Refusal)) return words.wrong;
  if (trouble.status === 0) return words.unreachable;
  if (trouble.status === 429) return words.tooMany;
  return [trouble.message, trouble.remedy].filter(Boolean).join(' ') || words.wrong;
}
