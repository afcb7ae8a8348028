// What the form of the model server says, and what is wrong with it before it is sent.
import type { ModelServer, ModelTask } from '@/api/types';

export const TASKS: readonly ModelTask[] = ['refine', 'judge', 'draft', 'polish'];

export interface Draft {
  url: string;
  model: string;
  key: string; // empty: as it is
  removeKey: boolean;
  own: boolean;
  tokens: number | '';
  seconds: number | '';
  tasks: ModelTask[];
}

export const draftOf = (kept: ModelServer): Draft => ({
  url: kept.base_url ?? '',
  model: kept.model ?? '',
  key: '',
  removeKey: false,
  own: kept.own_machine,
  tokens: kept.daily_tokens,
  seconds: kept.deadline_seconds,
  tasks: [...kept.tasks],
});

const trimmed = (url: string) => url.trim().replace(/\/+$/, '');
export function origin(url: string): string {
  try {
    return new URL(trimmed(url)).origin;
  } catch {
    return '';
  }
}

const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])$/;

export type Fault = 'url' | 'plain' | 'model' | 'key' | 'tokens' | 'seconds';
export function faults(draft: Draft): Fault[] {
  const out: Fault[] = [];
  const url = trimmed(draft.url);
  const host = /^https?:\/\/([^/?#:@]+|\[[^\]]+\])(:\d+)?(\/[^?#\s]*)?$/i.exec(url)?.[1];
  if (!host) out.push('url');
  // Beyond the office's own machines words go by https only.
  else if (!/^https:/i.test(url) && !LOOPBACK.test(host) && !draft.own) out.push('plain');
  if (draft.model.trim() === '') out.push('model');
  if (!/^[\x21-\x7e]*$/.test(draft.key)) out.push('key');
  if (!Number.isInteger(draft.tokens) || Number(draft.tokens) < 1000 || Number(draft.tokens) > 1_000_000_000) out.push('tokens');
  if (!Number.isInteger(draft.seconds) || Number(draft.seconds) < 2 || Number(draft.seconds) > 120) out.push('seconds');
  return out;
}

export const changed = (draft: Draft, kept: ModelServer) =>
  JSON.stringify({ ...draft, url: trimmed(draft.url), tasks: draft.tasks.toSorted() }) !== JSON.stringify({ ...draftOf(kept), tasks: kept.tasks.toSorted() });

// The key that stands here goes to no other host: it has to be given anew.
export const losesKey = (draft: Draft, kept: ModelServer) =>
  kept.has_key && draft.key === '' && !draft.removeKey && kept.base_url !== null && origin(draft.url) !== origin(kept.base_url);

export const bodyOf = (draft: Draft) => ({
  base_url: trimmed(draft.url) || null,
  model: draft.model.trim() || null,
  ...(draft.removeKey ? { key: null } : draft.key !== '' && { key: draft.key }),
  own_machine: draft.own,
  daily_tokens: Number(draft.tokens),
  deadline_seconds: Number(draft.seconds),
  tasks: TASKS.filter((task) => draft.tasks.includes(task)),
});
