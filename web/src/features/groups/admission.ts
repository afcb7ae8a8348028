// The form of an admission: what is asked, what is missing, what is sent.
import type { Admission, Group } from '@/api/types';

// Where there is a grid tree, a group is bound to one of its grids; where there is none yet, three texts say where it is.
export interface Draft {
  grid_id: string;
  grid: string;
  community: string;
  street: string;
  responsible: string;
  legal_basis: string;
  notice_at: Date | null;
  places: string; // one a line
}

export const WHERE = ['grid', 'community', 'street'] as const;
export const WHO = ['responsible', 'legal_basis'] as const;
export type Field = keyof Draft;
const LONGEST: Record<(typeof WHERE | typeof WHO)[number], number> = {
  grid: 128, community: 128, street: 128, responsible: 128, legal_basis: 256,
};
const PLACES = 2000;
const PLACE_LENGTH = 128;

// Groups of one office are admitted one after the other: the last answers are offered again. The grid differs by group.
export function draftOf(group: Group, admitted: readonly Group[]): Draft {
  const like = admitted.find((each) => each.channel === group.channel) ?? admitted[0];
  const of = group.state === 'admitted' || group.grid ? group : like;
  return {
    grid_id: group.grid_id ?? '',
    grid: group.grid,
    community: of?.community ?? '',
    street: of?.street ?? '',
    responsible: of?.responsible ?? '',
    legal_basis: of?.legal_basis ?? '',
    notice_at: group.notice_at ? new Date(group.notice_at) : null,
    places: '',
  };
}

export function placesOf(lines: string): string[] {
  return [...new Set(lines.split('\n').map((line) => line.trim()).filter(Boolean))];
}

export type Fault = { key: 'missing' | 'choose' | 'tooLong' | 'future' | 'tooMany' | 'placeTooLong'; n?: number; what?: string };

export function faults(draft: Draft, now: number, tree: boolean): Partial<Record<Field, Fault>> {
  const found: Partial<Record<Field, Fault>> = {};
  if (tree && !draft.grid_id) found.grid_id = { key: 'choose' };
  for (const field of tree ? WHO : [...WHERE, ...WHO]) {
    const length = Array.from(draft[field].trim()).length;
    if (length === 0) found[field] = { key: 'missing' };
    else if (length > LONGEST[field]) found[field] = { key: 'tooLong', n: LONGEST[field] };
  }
  if (draft.notice_at && draft.notice_at.getTime() > now) found.notice_at = { key: 'future' };
  const places = placesOf(draft.places);
  const long = places.find((place) => Array.from(place).length > PLACE_LENGTH);
  if (places.length > PLACES) found.places = { key: 'tooMany', n: PLACES };
  else if (long) found.places = { key: 'placeTooLong', n: PLACE_LENGTH, what: `${Array.from(long).slice(0, 12).join('')}…` };
  return found;
}

export function admissionOf(draft: Draft, tree: boolean): Admission {
  const places = placesOf(draft.places);
  const where = { grid: draft.grid.trim(), community: draft.community.trim(), street: draft.street.trim() };
  return {
    ...(tree ? { grid_id: draft.grid_id } : where),
    responsible: draft.responsible.trim(),
    legal_basis: draft.legal_basis.trim(),
    notice_at: draft.notice_at?.toISOString() ?? null,
    ...(places.length > 0 && { places }),
  };
}
