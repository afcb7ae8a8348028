// What a model proposes beside what stands in the lead: only what differs, and what nobody refused.
import { useQuery } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, get } from '@/api/client';
import type { components } from '@/api/schema';
import type { LeadSummary } from '@/api/types';
import type { Field } from './useEdit';

export type Refined = NonNullable<components['schemas']['LeadProposals']['refined']>;
export type Judged = NonNullable<components['schemas']['LeadProposals']['judged']>;
export interface Difference {
  field: Field;
  from: string | number;
  to: string | number;
}
export const FIELDS: readonly Field[] = ['category', 'urgency', 'place', 'summary'];

export function differences(lead: Pick<LeadSummary, Field>, refined: Refined | null | undefined): Difference[] {
  if (!refined) return [];
  return FIELDS.flatMap((field) => {
    const from = lead[field] ?? '';
    const to = refined[field];
    // A place that the model did not hear is no proposal to forget it.
    return to === '' || to === from ? [] : [{ field, from, to }];
  });
}

// Without a model, or without an answer, there is nothing.
export function useProposal(lead: MaybeRefOrGetter<string>) {
  const { data } = useQuery({
    queryKey: ['lead', computed(() => toValue(lead)), 'proposal'],
    queryFn: () => get(api.GET('/api/v1/leads/{lead}/proposal', { params: { path: { lead: toValue(lead) } } })),
    staleTime: 30_000,
    retry: false,
  });
  return { refined: computed(() => data.value?.refined ?? undefined), judged: computed(() => data.value?.judged ?? undefined) };
}
