// The office whose pages these are. What was heard last stays on the phone: its numbers are wanted most when nothing answers.
import { ref } from 'vue';
import { getOffice } from './api/public';
import type { Office } from './api/types';
import { remember, remembered } from './store';

export const office = ref<Office | null>(
  ((kept) => (Array.isArray(kept.phones) ? (kept as Office) : null))(remembered<Partial<Office>>('office', {})),
);

export async function askOffice(): Promise<void> {
  office.value = await getOffice();
  remember('office', office.value);
}
