// Grids as the program has them; everything about them is kept under the query key 'grids'.
import { keepPreviousData, useQuery } from '@tanstack/vue-query';
import { computed, type MaybeRefOrGetter } from 'vue';
import { api, get } from './client';
import { useRested } from './rested';

export const MOST_BELOW = 1000; // that one answer lists

export const belowQuery = (parent: string) => ({
  queryKey: ['grids', 'below', parent],
  queryFn: () => get(api.GET('/api/v1/grids', { params: { query: { limit: MOST_BELOW, ...(parent && { parent }) } } })),
  staleTime: 60_000,
});

export const gridQuery = (grid: string) => ({
  queryKey: ['grids', 'one', grid],
  queryFn: () => get(api.GET('/api/v1/grids/{grid}', { params: { path: { grid } } })),
});

// How many there are, without listing them.
export const useGridCount = () =>
  useQuery({
    queryKey: ['grids', 'count'],
    queryFn: async () => (await get(api.GET('/api/v1/grids', { params: { query: { limit: 1 } } }))).total,
  });

// Grids of all levels that a word finds, asked when the writing rests.
export function useFound(word: MaybeRefOrGetter<string>, limit = 30) {
  const { rested: asked, wanted } = useRested(word);
  const query = useQuery({
    queryKey: ['grids', 'find', asked, limit],
    queryFn: () => get(api.GET('/api/v1/grids', { params: { query: { q: asked.value, limit } } })),
    enabled: () => asked.value !== '',
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const found = computed(() => (wanted.value === '' ? undefined : query.data.value?.grids));
  const settled = computed(() => asked.value === wanted.value && !query.isFetching.value);
  return { found, settled, error: query.error, refetch: query.refetch };
}
