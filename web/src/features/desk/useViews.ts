// The ways of looking at the queue that a person keeps. Kept as a whole: changing and deleting are taken back by the list before.
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed } from 'vue';
import { useI18n } from 'vue-i18n';
import { api, csrf, get } from '@/api/client';
import type { SavedView } from '@/api/types';
import { useDone } from '@/ui/useDone';
import type { Filter, Tab } from './queue';

const KEY = ['views'];
export const filterOf = (view: SavedView): Filter => ({ tab: view.tab as Tab, category: view.category ?? undefined, urgency: view.urgency ?? undefined, group: view.group ?? undefined });
export const viewOf = (name: string, filter: Filter): SavedView => ({ name, tab: filter.tab, category: filter.category ?? null, urgency: filter.urgency ?? null, group: filter.group ?? null });
export const sameView = (view: SavedView, filter: Filter) => JSON.stringify(viewOf('', filterOf(view))) === JSON.stringify(viewOf('', filter));

export function useViews() {
  const { t } = useI18n();
  const cache = useQueryClient();
  const done = useDone();
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: () => get(api.GET('/api/v1/me/views')), staleTime: 300_000, retry: false });
  const views = computed(() => data.value?.views ?? []);

  async function put(next: SavedView[]): Promise<void> {
    try {
      cache.setQueryData(KEY, await get(api.PUT('/api/v1/me/views', { params: { header: { 'If-Match': `"${data.value?.revision ?? 0}"`, ...csrf } }, body: { views: next } })));
    } catch (cause) {
      void refetch(); // another tab was here
      throw cause;
    }
  }
  async function change(next: SavedView[], said: string, detail: string): Promise<void> {
    const before = views.value;
    await put(next);
    done(t(said), () => put(before), { detail });
  }
  return {
    views, error,
    add: (view: SavedView) => change([...views.value.filter((each) => each.name !== view.name), view], 'desk.views.kept', view.name),
    rename: (from: string, to: string) => change(views.value.map((each) => (each.name === from ? { ...each, name: to } : each)), 'desk.views.renamed', to),
    remove: (name: string) => change(views.value.filter((each) => each.name !== name), 'desk.views.removed', name),
  };
}
