// What is said with a step: the fields that the program asks for, what is missing in them, and the body they make. Pure.
import type { CaseField, CaseOffer, CaseStep, Person, Tell } from '@/api/types';
import type { Photo } from './photos';

export interface Draft {
  note: string;
  reason: string;
  responsible: string;
  wake_on: string; // a day
  due_at: string; // local date and time, as its field gives it
  stars: number; // 0: not asked
  to: Person | undefined;
  parent: string; // id of a case
  photos: Photo[];
  photosShown: boolean; // to the asker too
  tell: { on: boolean; way: Tell['way']; text: string };
}
export const emptyDraft = (): Draft => ({
  note: '', reason: '', responsible: '', wake_on: '', due_at: '', stars: 0, to: undefined, parent: '', photos: [], photosShown: false, tell: { on: false, way: 'group', text: '' },
});

// In the order in which they are asked.
const ORDER: readonly CaseField[] = ['parent', 'to', 'reason', 'responsible', 'wake_on', 'due_at', 'stars', 'note'];
export const fieldsOf = (offer: Pick<CaseOffer, 'needs' | 'may'>) =>
  ORDER.filter((field) => offer.needs.includes(field) || offer.may.includes(field)).map((field) => ({ field, must: offer.needs.includes(field) }));

export const takesPhotos = (action: CaseOffer['action']) => action === 'note' || action === 'report_done';

export type Fault = 'missing' | 'past' | 'far';
const YEAR_DAYS = 365;
const DAY_MS = 86_400_000;

// now: ms; today: the day of it.
export function faultsOf(draft: Draft, offer: Pick<CaseOffer, 'needs' | 'may'>, now: number, today: string): Partial<Record<CaseField | 'tell', Fault>> {
  const out: Partial<Record<CaseField | 'tell', Fault>> = {};
  for (const { field, must } of fieldsOf(offer)) {
    const value = draft[field];
    const empty = typeof value === 'string' ? value.trim() === '' : !value;
    if (empty) {
      if (must) out[field] = 'missing';
    } else if (field === 'wake_on') {
      if (draft.wake_on <= today) out.wake_on = 'past';
      else if (Date.parse(draft.wake_on) - Date.parse(today) > YEAR_DAYS * DAY_MS) out.wake_on = 'far';
    } else if (field === 'due_at' && Date.parse(draft.due_at) <= now) {
      out.due_at = 'past';
    }
  }
  if (draft.tell.on && draft.tell.text.trim() === '') out.tell = 'missing';
  return out;
}

export function stepOf(draft: Draft, offer: Pick<CaseOffer, 'action' | 'needs' | 'may'>): CaseStep {
  const has = new Set(fieldsOf(offer).map(({ field }) => field));
  const text = (field: 'note' | 'reason' | 'responsible' | 'wake_on') => (has.has(field) && draft[field].trim() !== '' ? { [field]: draft[field].trim() } : {});
  return {
    action: offer.action,
    ...text('note'),
    ...text('reason'),
    ...text('responsible'),
    ...text('wake_on'),
    ...(has.has('due_at') && draft.due_at && { due_at: new Date(draft.due_at).toISOString() }),
    ...(has.has('stars') && draft.stars && { stars: draft.stars }),
    ...(has.has('parent') && draft.parent && { parent: draft.parent }),
    ...(has.has('to') && draft.to && { to: draft.to.id }),
    ...(takesPhotos(offer.action) && draft.photos.length && { files: draft.photos.map(({ id }) => id), files_shown: draft.photosShown }),
    ...(draft.tell.on && { tell: { text: draft.tell.text.trim(), way: draft.tell.way, machine: false } }),
  };
}

// How words may go back: a confidential matter is not for the group.
export const waysOf = (confidential: boolean): Tell['way'][] => (confidential ? ['one_to_one', 'phone', 'door'] : ['group', 'one_to_one', 'phone', 'door']);
