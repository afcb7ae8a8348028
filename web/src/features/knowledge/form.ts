// An entry as it is written in the form. Pure.
import type { KnowledgeEntry, KnowledgeInput } from '@/api/types';

export interface Source {
  title: string;
  office: string;
  link: string;
}
export interface EntryDraft {
  title: string;
  questions: string; // a line each
  answer: string;
  sources: Source[];
  everywhere: boolean;
  grid: string; // id
  category: string;
  validFrom: string;
  validTo: string;
  reviewOn: string;
  owner: string; // id
}
export type Fault = 'title' | 'answer' | 'questions' | 'source' | 'sources' | 'link' | 'grid' | 'days';

export const emptySource = (): Source => ({ title: '', office: '', link: '' });
export const emptyDraft = (): EntryDraft => ({
  title: '', questions: '', answer: '', sources: [emptySource()], everywhere: false, grid: '', category: '', validFrom: '', validTo: '', reviewOn: '', owner: '',
});

export function draftOf(entry: KnowledgeEntry): EntryDraft {
  const sources = entry.sources.map((each) => ({ title: each.title, office: each.office ?? '', link: each.link ?? '' }));
  return {
    title: entry.title,
    questions: entry.questions.join('\n'),
    answer: entry.answer,
    sources: sources.length > 0 ? sources : [emptySource()],
    everywhere: entry.grid === null,
    grid: entry.grid?.id ?? '',
    category: entry.category ?? '',
    validFrom: entry.valid_from ?? '',
    validTo: entry.valid_to ?? '',
    reviewOn: entry.review_on ?? '',
    owner: entry.owner?.id ?? '',
  };
}

const lines = (text: string) => text.split('\n').map((line) => line.trim()).filter(Boolean);
// A row in which nothing is written is no source.
const written = (draft: EntryDraft) => draft.sources.filter((each) => [each.title, each.office, each.link].some((part) => part.trim() !== ''));

export function bodyOf(draft: EntryDraft, state: 'draft' | 'published'): KnowledgeInput {
  return {
    title: draft.title.trim(),
    questions: lines(draft.questions),
    answer: draft.answer.trim(),
    sources: written(draft).map((each) => ({ title: each.title.trim(), office: each.office.trim() || null, link: each.link.trim() || null })),
    grid_id: draft.everywhere ? null : draft.grid,
    category: draft.category || null,
    valid_from: draft.validFrom || null,
    valid_to: draft.validTo || null,
    review_on: draft.reviewOn || null,
    owner_id: draft.owner || null,
    state,
  };
}

export function faultsOf(draft: EntryDraft, state: 'draft' | 'published'): Set<Fault> {
  const faults = new Set<Fault>();
  if (draft.title.trim() === '') faults.add('title');
  if (draft.answer.trim() === '') faults.add('answer');
  if (lines(draft.questions).some((each) => Array.from(each).length > 120) || lines(draft.questions).length > 30) faults.add('questions');
  if (!draft.everywhere && draft.grid === '') faults.add('grid');
  if (written(draft).some((each) => each.title.trim() === '')) faults.add('source');
  if (written(draft).some((each) => each.link.trim() !== '' && !/^https?:\/\//.test(each.link.trim()))) faults.add('link');
  if (state === 'published' && written(draft).length === 0) faults.add('sources');
  if (draft.validFrom && draft.validTo && draft.validTo < draft.validFrom) faults.add('days');
  return faults;
}

// The entry as it stands, to put it back. A withdrawn one has no way back but as a draft.
export const inputOf = (entry: KnowledgeEntry): KnowledgeInput => bodyOf(draftOf(entry), entry.state === 'published' ? 'published' : 'draft');

// What is to be said first about how an entry stands.
export type Standing = 'withdrawn' | 'draft' | 'expired' | 'future' | 'due' | 'published';
export function standing(entry: Pick<KnowledgeEntry, 'state' | 'valid' | 'valid_to' | 'valid_from' | 'due'>, today: string): Standing {
  if (entry.state !== 'published') return entry.state;
  if (!entry.valid) return entry.valid_to !== null && entry.valid_to < today ? 'expired' : 'future';
  return entry.due ? 'due' : 'published';
}
