// What is set up and what has come in: badges, empty states, the program's clock.
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { onScopeDispose, watch } from 'vue';
import { api, get } from '@/api/client';
import { connection, onLive } from '@/api/live';
import { loadSession } from '@/features/session/session';
import { setServerTime } from '@/ui/now';

export function useOverview() {
  const query = useQuery({
    queryKey: ['overview'],
    queryFn: () => get(api.GET('/api/v1/overview')),
    // On the first day people watch for the first message.
    refetchInterval: ({ state }) => (state.data?.messages === 0 ? 3_000 : 30_000),
  });
  watch(query.data, (now) => now && setServerTime(now.now), { immediate: true });
  return query;
}

// Groups and overview change by events; bursts of them make one fetch.
export function useFreshness(): void {
  const cache = useQueryClient();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = onLive((news) => {
    if (news.kind === 'closed') void loadSession();
    if (news.kind === 'reset') void cache.invalidateQueries();
    if (news.kind === 'knowledge') void cache.invalidateQueries({ queryKey: ['knowledge'] });
    if (news.kind !== 'group') return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const key of ['groups', 'overview', 'channels']) void cache.invalidateQueries({ queryKey: [key] });
    }, 400);
  });
  // The program ends the stream of somebody whose roles change or who is disabled; roles may also have changed while it
  // could not be reached.
  watch(connection, (now, before) => {
    if (now === 'lost' || before === 'lost') void loadSession();
  });
  onScopeDispose(() => {
    quiet();
    clearTimeout(timer);
  });
}
