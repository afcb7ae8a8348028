// What is given to a handling unit: the words of the form, what is missing in them, the body they make. Pure.
import type { Case, NewTask, Schemas } from '@/api/types';

export type SentTask = Schemas['SentTask'];

export interface TaskDraft {
  unit: string;
  what: string;
  place: string;
  due_at: string; // local date and time, as its field gives it
  contact: '' | 'consent' | 'emergency';
  name: string;
  phone: string;
  reason: string;
}

const HOUR_MS = 3_600_000;
const FARTHEST_MS = 90 * 24 * HOUR_MS;
const two = (n: number) => String(n).padStart(2, '0');
export function local(at: number): string {
  const when = new Date(at);
  return `${when.getFullYear()}-${two(when.getMonth() + 1)}-${two(when.getDate())}T${two(when.getHours())}:${two(when.getMinutes())}`;
}

// Until the case itself is due, where that is ahead; else a day.
export function startOf(one: Pick<Case, 'title' | 'place' | 'due_at' | 'contact' | 'names_shown'>, now: number): TaskDraft {
  const due = one.due_at ? Date.parse(one.due_at) : 0;
  return {
    unit: '', what: one.title ?? '', place: one.place ?? '', due_at: local(due > now + HOUR_MS ? due : now + 24 * HOUR_MS),
    contact: '', name: one.names_shown ? (one.contact?.name ?? '') : '', phone: one.names_shown ? (one.contact?.phone ?? '') : '', reason: '',
  };
}

export type TaskFault = 'unit' | 'what' | 'due_at' | 'contact' | 'reason';
export function faultsOf(draft: TaskDraft, confidential: boolean, now: number): Partial<Record<TaskFault, true>> {
  const due = Date.parse(draft.due_at);
  return {
    ...(draft.unit === '' && { unit: true as const }),
    ...(draft.what.trim() === '' && { what: true as const }),
    ...(!(due > now && due <= now + FARTHEST_MS) && { due_at: true as const }),
    ...(draft.contact !== '' && draft.name.trim() === '' && draft.phone.trim() === '' && { contact: true as const }),
    ...(confidential && draft.reason.trim().length < 4 && { reason: true as const }),
  };
}

export function bodyOf(draft: TaskDraft, confidential: boolean): NewTask {
  const name = draft.name.trim();
  const phone = draft.phone.trim();
  return {
    unit_id: draft.unit,
    what: draft.what.trim(),
    due_at: new Date(draft.due_at).toISOString(),
    ...(draft.place.trim() !== '' && { place: draft.place.trim() }),
    ...(draft.contact !== '' && { contact: { why: draft.contact, ...(name && { name }), ...(phone && { phone }) } }),
    ...(confidential && { reason: draft.reason.trim() }),
  };
}

export const linkOf = (path: string) => `${globalThis.location.origin}${path}`;
