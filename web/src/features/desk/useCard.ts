// One lead with its talk: kept fresh by events, widened by "earlier" and "later".
import { useQueries, useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, reactive, ref, shallowReactive, watch, type Ref } from 'vue';
import { api, get } from '@/api/client';
import { Refusal } from '@/api/problem';
import type { Lead, LeadEvent } from '@/api/types';
import { withNames, type Revealed } from './names';
import { talks } from './talk';

const STEP = 20;
const again = (count: number, error: unknown) => count < 2 && error instanceof Refusal && error.unreachable;

const fetchLead = (id: string) => get(api.GET('/api/v1/leads/{lead}', { params: { path: { lead: id } } }));

// More of the talk, from a message on. It stands under its lead's key: what changes there, or is erased, is fetched anew here too.
interface Page {
  lead: string;
  group: string;
  to: 'before' | 'after';
  edge: string;
}
const pageQuery = ({ lead, to, edge }: Page) => ({
  queryKey: ['lead', lead, 'context', to, edge],
  queryFn: async () => (await get(api.GET('/api/v1/leads/{lead}/context', { params: { path: { lead }, query: { [to]: edge, limit: STEP } } }))).messages,
  staleTime: 30_000,
  retry: again,
});

export function useCard(id: Ref<string | undefined>) {
  const cache = useQueryClient();
  const card = useQuery({
    queryKey: computed(() => ['lead', id.value]),
    queryFn: () => fetchLead(id.value!),
    enabled: computed(() => id.value !== undefined),
    staleTime: 30_000,
    retry: again,
  });
  // As long as the desk stands: what was looked at for a reason need not be asked for again.
  const revealed = shallowReactive(new Map<string, Revealed>());
  const shown = computed(() => {
    const now = card.data.value as Lead | undefined;
    const names = now && revealed.get(now.id);
    return names ? withNames(now, names) : now;
  });

  const pages = shallowReactive<Page[]>([]);
  const around = useQueries({ queries: computed(() => pages.map(pageQuery)) });
  // Words that the program refuses now are no longer shown; a cut line takes nothing away.
  const fetched = computed(() => around.value.map(({ data, error }) => (error instanceof Refusal && !error.unreachable ? [] : (data ?? []))));
  const busy = ref('');
  const more = reactive({
    // "group before", "group after": there is nothing further
    ends: computed(() => new Set(pages.filter((_, n) => around.value[n]?.data && around.value[n].data.length < STEP).map((page) => `${page.group} ${page.to}`))),
    busy,
  });
  const moreError = ref<unknown>();
  watch(id, () => {
    pages.splice(0);
    busy.value = '';
    moreError.value = undefined;
  });

  const parts = computed(() => (shown.value ? talks(shown.value.groups, shown.value.messages, fetched.value.flat()) : []));

  async function widen(group: string, to: 'before' | 'after'): Promise<void> {
    const messages = parts.value.find((part) => part.group.id === group)?.messages;
    const edge = (to === 'before' ? messages?.at(0) : messages?.at(-1))?.id;
    if (!id.value || !edge || busy.value) return;
    const page = { lead: id.value, group, to, edge };
    busy.value = `${group} ${to}`;
    moreError.value = undefined;
    try {
      await cache.fetchQuery(pageQuery(page));
      if (id.value === page.lead) pages.push(page);
    } catch (error) {
      if (id.value === page.lead) moreError.value = error;
    } finally {
      busy.value = '';
    }
  }

  return {
    lead: shown,
    error: card.error,
    loading: card.isPending,
    refetch: () => card.refetch(),
    parts,
    more,
    moreError,
    widen,
    reveal(named: Lead): void {
      const masked = cache.getQueryData<Lead>(['lead', named.id]);
      if (masked) revealed.set(named.id, { masked, named });
    },
    // The card's own fields are there at once, its messages after the fetch.
    changed({ kind, lead }: LeadEvent): void {
      // What a model proposes is no revision either.
      if (kind === 'lead.proposed') void cache.invalidateQueries({ queryKey: ['lead', lead.id, 'proposal'] });
      const kept = cache.getQueryData<Lead>(['lead', lead.id]);
      if (!kept || kept.revision > lead.revision) return;
      // Who is at it is no revision: nothing else is to be fetched.
      if (kept.revision === lead.revision) {
        cache.setQueryData(['lead', lead.id], { ...kept, claim: lead.claim });
        return;
      }
      cache.setQueryData(['lead', lead.id], { ...kept, ...lead });
      void cache.invalidateQueries({ queryKey: ['lead', lead.id] });
    },
    claimed(lead: string, claim: Lead['claim']): void {
      cache.setQueryData<Lead>(['lead', lead], (kept) => kept && { ...kept, claim });
    },
    // Nothing of a lead stays that this person no longer sees.
    forget(gone: string): void {
      cache.removeQueries({ queryKey: ['lead', gone] });
      revealed.delete(gone);
    },
    // The next card is there before the hand asks for it.
    prefetch(next: string | undefined): void {
      if (next) void cache.prefetchQuery({ queryKey: ['lead', next], queryFn: () => fetchLead(next), staleTime: 30_000 });
    },
  };
}
export type Card = ReturnType<typeof useCard>;
