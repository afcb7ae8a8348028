// One lead with its talk: kept fresh by events, widened by "earlier" and "later".
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, reactive, ref, watch, type Ref } from 'vue';
import { api, get } from '@/api/client';
import { Refusal } from '@/api/problem';
import type { Lead, LeadEvent, LeadMessage } from '@/api/types';
import { talks } from './talk';

const STEP = 20;

const fetchLead = (id: string) => get(api.GET('/api/v1/leads/{lead}', { params: { path: { lead: id } } }));

export function useCard(id: Ref<string | undefined>) {
  const cache = useQueryClient();
  const card = useQuery({
    queryKey: computed(() => ['lead', id.value]),
    queryFn: () => fetchLead(id.value!),
    enabled: computed(() => id.value !== undefined),
    staleTime: 30_000,
    retry: (count, error) => count < 2 && error instanceof Refusal && error.unreachable,
  });

  const more = reactive({
    fetched: [] as LeadMessage[],
    ends: new Set<string>(), // "group before", "group after": there is nothing further
    busy: '',
  });
  const moreError = ref<unknown>();
  watch(id, () => {
    Object.assign(more, { fetched: [], ends: new Set(), busy: '' });
    moreError.value = undefined;
  });

  const parts = computed(() => (card.data.value ? talks(card.data.value.groups, card.data.value.messages, more.fetched) : []));

  async function widen(group: string, to: 'before' | 'after'): Promise<void> {
    const lead = id.value;
    const messages = parts.value.find((part) => part.group.id === group)?.messages;
    const edge = (to === 'before' ? messages?.at(0) : messages?.at(-1))?.id;
    if (!lead || !edge || more.busy) return;
    more.busy = `${group} ${to}`;
    moreError.value = undefined;
    try {
      const query = { [to]: edge, limit: STEP };
      const got = await get(api.GET('/api/v1/leads/{lead}/context', { params: { path: { lead }, query } }));
      if (id.value !== lead) return;
      more.fetched.push(...got.messages);
      if (got.messages.length < STEP) more.ends.add(`${group} ${to}`);
    } catch (error) {
      if (id.value === lead) moreError.value = error;
    } finally {
      more.busy = '';
    }
  }

  return {
    lead: card.data as Ref<Lead | undefined>,
    error: card.error,
    loading: card.isPending,
    refetch: () => card.refetch(),
    parts,
    more,
    moreError,
    widen,
    // The card's own fields are there at once, its messages after the fetch.
    changed({ lead }: LeadEvent): void {
      const shown = cache.getQueryData<Lead>(['lead', lead.id]);
      if (!shown || shown.revision >= lead.revision) return;
      cache.setQueryData(['lead', lead.id], { ...shown, ...lead });
      void cache.invalidateQueries({ queryKey: ['lead', lead.id] });
    },
    // Nothing of a lead stays that this person no longer sees.
    forget: (lead: string) => cache.removeQueries({ queryKey: ['lead', lead] }),
    // The next card is there before the hand asks for it.
    prefetch(next: string | undefined): void {
      if (next) void cache.prefetchQuery({ queryKey: ['lead', next], queryFn: () => fetchLead(next), staleTime: 30_000 });
    },
  };
}
export type Card = ReturnType<typeof useCard>;
