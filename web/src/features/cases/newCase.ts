// A case filed by hand, as pure functions: what is missing, and the body that it makes.
import type { NewCase, Person } from '@/api/types';

export interface CaseDraft {
  came_by: NewCase['came_by'];
  title: string;
  place: string;
  grid: string; // id
  category: string;
  urgency: number;
  summary: string;
  contact_name: string;
  contact_phone: string;
  answer_by: NewCase['answer_by'];
  confidential: boolean;
  to: Person | undefined;
  note: string;
  answered: boolean; // they were told while they stood there
}
export const emptyCase = (): CaseDraft => ({
  came_by: 'phone', title: '', place: '', grid: '', category: '', urgency: 3, summary: '', contact_name: '', contact_phone: '', answer_by: 'phone',
  confidential: false, to: undefined, note: '', answered: false,
});

export type CaseFault = 'title' | 'grid' | 'category' | 'contact_phone';
export function faultsOf(draft: CaseDraft): Partial<Record<CaseFault, true>> {
  return {
    ...(draft.title.trim() === '' && { title: true as const }),
    ...(draft.grid === '' && { grid: true as const }),
    ...(draft.category === '' && { category: true as const }),
    ...(draft.answer_by === 'phone' && draft.contact_phone.trim() === '' && { contact_phone: true as const }),
  };
}

export function bodyOf(draft: CaseDraft): NewCase {
  const text = (field: 'place' | 'summary' | 'contact_name' | 'contact_phone' | 'note') => (draft[field].trim() ? { [field]: draft[field].trim() } : {});
  return {
    title: draft.title.trim(),
    category: draft.category,
    urgency: draft.urgency,
    grid_id: draft.grid,
    came_by: draft.came_by,
    answer_by: draft.answer_by,
    confidential: draft.confidential,
    dispatch: true,
    answered: draft.answered,
    ...text('place'),
    ...text('summary'),
    ...text('contact_name'),
    ...text('contact_phone'),
    ...text('note'),
    ...(draft.to && { to: draft.to.id }),
  };
}
