// What helps to write an answer: a draft from knowledge, and the district's ready-made words. Where they cannot be had the box
// is simply empty.
import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { api, get } from '@/api/client';
import type { Canned, Proposed } from '@/api/types';

export type Source = Proposed['sources'][number];

// As the program words an answer of the knowledge base.
export const wordsOf = ({ answer, source }: Source, greeting: string, from: (source: string) => string) => `${greeting}${answer}${source ? `\n${from(source)}` : ''}`;

export function useProposed(lead: Ref<string>, enabled: Ref<boolean>) {
  return useQuery({
    queryKey: ['lead', lead, 'draft'],
    queryFn: async (): Promise<Proposed | null> => get(api.GET('/api/v1/leads/{lead}/draft', { params: { path: { lead: lead.value } } })).catch(() => null),
    enabled,
    staleTime: 60_000,
    retry: false,
  }).data;
}

export function useCanned() {
  const { data } = useQuery({
    queryKey: ['canned-replies'],
    queryFn: async (): Promise<Canned[]> => (await get(api.GET('/api/v1/canned-replies')).catch(() => undefined))?.replies ?? [],
    staleTime: 300_000,
    retry: false,
  });
  return computed(() => data.value ?? []);
}
