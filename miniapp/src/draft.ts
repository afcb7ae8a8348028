// The report that is being written. It stays on the phone until it is sent: a lost connection or a closed page loses nothing.
import { reactive, watch } from 'vue';
import type { Photo } from './api/photo';
import { sendReport, upload } from './api/public';
import type { Office, ReportInput, Token } from './api/types';
import { keyFor, type Sent } from './key';
import { remember, remembered } from './store';
import type { Words } from './words';

export interface Draft {
  text: string;
  place: string;
  community: string; // a code, where the place alone did not tell; '': not asked
  name: string;
  phone: string;
  trap: string; // hidden: who fills it in is a machine
  photos: Photo[];
  sent: Sent | null; // what was tried last
}

// community: only where the program does not find the place.
export type Step = 'text' | 'place' | 'community' | 'files' | 'contact' | 'check';

const empty = (): Draft => ({ text: '', place: '', community: '', name: '', phone: '', trap: '', photos: [], sent: null });
export const draft = reactive<Draft>({ ...empty(), ...remembered<Partial<Draft>>('draft', {}) });

watch(draft, () => {
  // Photos may be too much for the phone's store; the words are not.
  if (!remember('draft', { ...draft })) remember('draft', { ...draft, photos: [], sent: null });
});

export function clear(): void {
  Object.assign(draft, empty());
}

export const stepsOf = (office: Office | null): Step[] => [...(office?.asks ?? ['text', 'place', 'files', 'contact'] as const), 'check'];

export const stepAfter = (step: Step, steps: Step[]): Step => steps[steps.indexOf(step) + 1] ?? 'check';

export interface Wrong {
  field?: string;
  text: string;
}

// What is to be changed before one goes on from a step.
export function wrongIn(step: Step, report: Pick<Draft, 'text' | 'place' | 'phone'>, words: Words): Wrong[] {
  if (step === 'text' && !report.text.trim()) return [{ field: 'text', text: words.whatNeeded }];
  if (step === 'place' && !report.place.trim()) return [{ field: 'place', text: words.whereNeeded }];
  if (step === 'contact' && report.phone.trim() && !isPhone(report.phone)) return [{ field: 'phone', text: words.phoneWrong }];
  return [];
}

// A mobile or a landline as people write them: 138 1234 5678, 028-8512 3456, +86 …
export function isPhone(text: string): boolean {
  const digits = text.replace(/[\s()-]/g, '');
  return /^\+?\d{7,15}$/.test(digits);
}

export const bodyOf = (report: Draft, files: string[]): ReportInput => ({
  text: report.text.trim(),
  place: report.place.trim(),
  community: report.community || null,
  contact_name: report.name.trim() || null,
  contact_phone: report.phone.trim() || null,
  files: files.length ? files : null,
  website: report.trap || null,
});

// Sends what is written. Called again after a broken connection it sends the same under the same key: it counts once.
export async function submit(): Promise<Token> {
  const files: string[] = [];
  for (const photo of draft.photos) files.push(await upload(photo));
  const body = bodyOf(draft, files);
  draft.sent = keyFor(body, draft.sent);
  return sendReport(body, draft.sent.key);
}
