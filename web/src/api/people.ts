// Colleagues as the program has them; everything about them is kept under the query key 'people'.
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { api, get } from './client';
import { useRested } from './rested';
import type { ColleagueDetails, StaffRole } from './types';

export interface PeopleFilter {
  q?: string;
  role?: StaffRole;
  grid?: string;
  disabled?: boolean;
}

// The client's types lose what a role's two descriptions have together.
export const person = (answer: Parameters<typeof get>[0]) => get(answer) as Promise<ColleagueDetails>;

export const personQuery = (user: string) => ({
  queryKey: ['people', 'one', user],
  queryFn: () => person(api.GET('/api/v1/users/{user}', { params: { path: { user } } })),
});

export function usePeople(filter: MaybeRefOrGetter<PeopleFilter>) {
  const asked = computed(() => {
    const { q, role, grid, disabled } = toValue(filter);
    return { ...(q && { q }), ...(role && { role }), ...(grid && { grid }), ...(disabled && { disabled }) };
  });
  const query = useInfiniteQuery({
    queryKey: ['people', 'list', asked],
    queryFn: ({ pageParam }) => get(api.GET('/api/v1/users', { params: { query: { ...asked.value, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const people = computed(() => query.data.value?.pages.flatMap((page) => page.users));
  return { ...query, people };
}

// People that a word finds, for pickers and the settings' search.
export function useFoundPeople(word: MaybeRefOrGetter<string>, enabled: MaybeRefOrGetter<boolean> = true) {
  const { rested, wanted } = useRested(word);
  const query = useQuery({
    queryKey: ['people', 'find', rested],
    queryFn: () => get(api.GET('/api/v1/users', { params: { query: { q: rested.value } } })),
    enabled: () => rested.value !== '' && toValue(enabled),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
  const found = computed(() => (wanted.value === '' ? undefined : query.data.value?.users));
  const settled = computed(() => rested.value === wanted.value && !query.isFetching.value);
  return { found, settled, error: query.error };
}
