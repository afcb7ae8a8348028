// What is addressed to me: its list, its count, and in which words it is told.
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { onScopeDispose } from 'vue';
import { api, get } from '@/api/client';
import { onLive } from '@/api/live';
import type { Notification } from '@/api/types';

export const KEY = ['notifications'];

export function useNotifications() {
  const cache = useQueryClient();
  const quiet = onLive((news) => {
    if (news.kind === 'notification') void cache.invalidateQueries({ queryKey: KEY });
  });
  onScopeDispose(quiet);
  return useQuery({ queryKey: KEY, queryFn: () => get(api.GET('/api/v1/notifications')) });
}

export type Tone = 'danger' | 'warn' | 'quiet';

// An emergency that goes on is danger; a promise that breaks is, too, until it was seen.
export function tone(one: Pick<Notification, 'kind' | 'over' | 'acknowledged_at' | 'seen_at'>): Tone {
  if (one.kind === 'emergency') return one.over || one.acknowledged_at ? 'quiet' : 'danger';
  if (one.seen_at) return 'quiet';
  return one.kind === 'breach' ? 'danger' : 'warn';
}

// Whether "I have it" means anything: only while an emergency rings.
export function rings(one: Pick<Notification, 'kind' | 'over' | 'acknowledged_at'>): boolean {
  return one.kind === 'emergency' && !one.over && !one.acknowledged_at;
}

export function countWords(unseen: number): string {
  return unseen > 99 ? '99+' : unseen > 0 ? String(unseen) : '';
}

// What opening the list marks as seen: emergencies that ring stay until somebody has them.
export function seenBy(list: readonly Notification[]): string[] {
  return list.filter((one) => !one.seen_at && !rings(one)).map((one) => one.id);
}
