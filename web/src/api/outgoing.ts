// Words to residents that wait for a person's hand or went wrong: kept under the query key 'outgoing'.
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { onScopeDispose } from 'vue';
import { actionKey, api, csrf, get, may } from './client';
import { onLive } from './live';
import type { Outgoing, WaitingWords } from './types';

export type Step = 'said' | 'not_said' | 'by_hand' | 'retry';
const REST_MS = 1000;

// Those that wait. A lead's change may be one of its words: bursts of them make one fetch.
export function useWaitingWords() {
  const cache = useQueryClient();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = onLive((news) => {
    if (news.kind !== 'lead' && news.kind !== 'gone') return;
    if (news.kind === 'lead' && news.event.kind === 'lead.claimed') return;
    timer ??= setTimeout(() => {
      timer = undefined;
      void cache.invalidateQueries({ queryKey: ['outgoing'] });
    }, REST_MS);
  });
  onScopeDispose(() => {
    quiet();
    clearTimeout(timer);
  });
  return useQuery({
    queryKey: ['outgoing'],
    queryFn: async () => (await get(api.GET('/api/v1/outgoing'))).outgoing,
    enabled: () => may('replies.send'),
    refetchInterval: 60_000,
  });
}

export function useStep() {
  const cache = useQueryClient();
  return async (words: Pick<Outgoing, 'id'>, step: Step, lead?: string): Promise<WaitingWords> => {
    try {
      const params = { path: { outgoing: words.id }, header: { 'Idempotency-Key': actionKey(), ...csrf } };
      return await get(api.POST('/api/v1/outgoing/{outgoing}/step', { params, body: { step } }));
    } finally {
      void cache.invalidateQueries({ queryKey: ['outgoing'] });
      if (lead) void cache.invalidateQueries({ queryKey: ['lead', lead] });
    }
  };
}
