// What the form of the companion's rules says, and what is wrong with it before it is sent.
import type { components } from '@/api/schema';

export type CompanionRules = components['schemas']['CompanionRules'];
export type CompanionBody = components['schemas']['CompanionRulesInput'];
export const PHONES = ['duty', 'gas', 'water', 'power', 'property'] as const;
export type Phone = (typeof PHONES)[number];

export interface Draft {
  on: boolean;
  when: CompanionRules['when'];
  groups: string[];
  prepares: boolean;
  topics: string; // one a line
  machine: string;
  mark: string;
  phones: Record<Phone, string>;
}

export const draftOf = (rules: CompanionRules): Draft => ({
  on: rules.on,
  when: rules.when,
  groups: [...rules.groups],
  prepares: rules.prepares,
  topics: rules.topics.join('\n'),
  machine: rules.machine,
  mark: rules.mark,
  phones: { duty: '', gas: '', water: '', power: '', property: '', ...rules.phones },
});

export const topicsOf = (text: string) => [...new Set(text.split(/[\n,，、;；]/).map((each) => each.trim()).filter(Boolean))];

export function bodyOf(draft: Draft): CompanionBody {
  const phones: Partial<Record<Phone, string>> = {};
  for (const who of PHONES) if (draft.phones[who].trim() !== '') phones[who] = draft.phones[who].trim();
  return {
    on: draft.on,
    when: draft.when,
    groups: [...draft.groups].toSorted(),
    prepares: draft.prepares,
    topics: topicsOf(draft.topics),
    machine: draft.machine.trim(),
    mark: draft.mark.trim(),
    phones,
  };
}

const letters = (text: string) => [...text.trim()].length;
export interface Faults {
  topics?: true;
  machine?: true;
  mark?: true;
  phones?: Phone[];
}
export function faults(draft: Draft): Faults {
  const out: Faults = {};
  const topics = topicsOf(draft.topics);
  if (topics.length > 200 || topics.some((each) => letters(each) < 2 || letters(each) > 30)) out.topics = true;
  if (letters(draft.machine) === 0) out.machine = true;
  if (letters(draft.mark) < 4) out.mark = true;
  const phones = PHONES.filter((who) => draft.phones[who].trim() !== '' && !/^[\d+][\d +-]+$/.test(draft.phones[who].trim()));
  if (phones.length > 0) out.phones = phones;
  return out;
}
