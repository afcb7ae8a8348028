// Cases as the program has them; everything about them is kept under the query key 'cases'.
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, get } from '@/api/client';
import { connection, readAt } from '@/api/live';
import { queryOf, type CaseFilter } from './case';
import { fetchCase } from './outbox';

const PAGE = 50;
// Where the stream does not come through, the pages look by themselves.
const lookAgain = () => (connection.value === 'live' ? (false as const) : 30_000);

export function useCaseList(filter: MaybeRefOrGetter<CaseFilter>) {
  const asked = computed(() => queryOf(toValue(filter)));
  const query = useInfiniteQuery({
    queryKey: ['cases', 'list', asked],
    queryFn: async ({ pageParam }) => {
      const page = await get(api.GET('/api/v1/cases', { params: { query: { ...asked.value, limit: PAGE, ...(pageParam && { cursor: pageParam }) } } }));
      readAt(page.stream_position);
      return page;
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: lookAgain,
  });
  // A case may slip from one page to the next between two calls.
  const cases = computed(() => {
    const all = query.data.value?.pages.flatMap((page) => page.cases);
    return all?.filter((one, n) => all.findIndex((other) => other.id === one.id) === n);
  });
  return { ...query, cases };
}

export const boardQuery = (where: { grid?: string; mine?: boolean }) => ({
  queryKey: ['cases', 'board', where],
  queryFn: () => get(api.GET('/api/v1/cases/board', { params: { query: { ...(where.grid && { grid: where.grid }), ...(where.mine && { mine: true }) } } })),
  refetchInterval: lookAgain,
});
export const useBoard = (where: MaybeRefOrGetter<{ grid?: string; mine?: boolean }>, enabled: MaybeRefOrGetter<boolean> = true) =>
  useQuery(computed(() => ({ ...boardQuery(toValue(where)), enabled: toValue(enabled) })));

// When its assignee looks at it, the program takes it as seen: never fetched before somebody looks.
export const caseQuery = (id: string) => ({
  queryKey: ['cases', 'one', id],
  queryFn: () => fetchCase(id),
  staleTime: 30_000,
  refetchInterval: lookAgain,
});
