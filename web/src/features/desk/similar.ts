// Leads that may be the same matter. Under the lead's key: what changes there is asked for anew here too. Without an answer there
// is nothing to offer.
import { useQuery } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, get } from '@/api/client';

export function useSimilar(lead: MaybeRefOrGetter<string>) {
  const { data } = useQuery({
    queryKey: ['lead', computed(() => toValue(lead)), 'similar'],
    queryFn: () => get(api.GET('/api/v1/leads/{lead}/similar', { params: { path: { lead: toValue(lead) } } })),
    staleTime: 30_000,
    retry: false,
  });
  return { likely: computed(() => data.value?.leads ?? []) };
}
