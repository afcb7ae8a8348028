// The knowledge base as the program has it, under the query key 'knowledge'; changes with their undo.
import { keepPreviousData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/vue-query';
import { toValue, type MaybeRefOrGetter } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import { words } from '@/api/problem';
import type { KnowledgeEntry, KnowledgeInput, KnowledgePlan, KnowledgeState } from '@/api/types';
import { upload, type Upload } from '@/api/upload';
import { toast } from '@/ui/toasts';
import { inputOf } from './form';

export interface Filter {
  q: string;
  state: '' | KnowledgeState;
  grid: string;
  due: boolean;
}

export function useEntries(filter: MaybeRefOrGetter<Filter>) {
  return useInfiniteQuery({
    queryKey: ['knowledge', 'list', filter],
    queryFn: ({ pageParam }) => {
      const { q, state, grid, due } = toValue(filter);
      const query = { limit: 50, ...(q && { q }), ...(state && { state }), ...(grid && { grid }), ...(due && { due }), ...(pageParam && { cursor: pageParam }) };
      return get(api.GET('/api/v1/knowledge', { params: { query } }));
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export const useEntry = (entry: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['knowledge', 'one', entry],
    queryFn: () => get(api.GET('/api/v1/knowledge/{entry}', { params: { path: { entry: toValue(entry) } } })),
  });

export const useGaps = () =>
  useQuery({ queryKey: ['knowledge', 'gaps'], queryFn: async () => (await get(api.GET('/api/v1/knowledge/gaps'))).gaps });

export const importFile = (body: Blob, { apply, publish, ...rest }: Omit<Upload, 'body'> & { apply: boolean; publish: boolean }) =>
  upload<KnowledgePlan>(`/api/v1/knowledge/import?apply=${apply}&publish=${publish}`, { body, ...rest });

const header = (revision: number) => ({ 'If-Match': `"${revision}"`, 'Idempotency-Key': actionKey(), ...csrf });

export function useKnowledgeChanges() {
  const { t } = useI18n();
  const cache = useQueryClient();
  const freshen = () => cache.invalidateQueries({ queryKey: ['knowledge'] });
  const fail = (cause: unknown) => {
    const { title, remedy } = words(cause, t);
    toast({ tone: 'danger', title, detail: remedy });
  };
  const put = (entry: string, revision: number, body: KnowledgeInput) =>
    get(api.PUT('/api/v1/knowledge/{entry}', { params: { path: { entry }, header: header(revision) }, body }));
  const withdrawOnly = (entry: string, revision: number) =>
    get(api.DELETE('/api/v1/knowledge/{entry}', { params: { path: { entry }, header: header(revision) } }));

  function done(title: string, undo: () => Promise<unknown>): void {
    const run = () => void undo().then(() => toast({ tone: 'done', title: t('knowledge.undone') })).catch(fail).finally(freshen);
    toast({ tone: 'done', title, action: { label: t('knowledge.undo'), key: 'z', run } });
    void freshen();
  }
  async function add(body: KnowledgeInput, gap?: string): Promise<KnowledgeEntry> {
    const made = await get(api.POST('/api/v1/knowledge', { params: { header: { 'Idempotency-Key': actionKey(), ...csrf } }, body: { ...body, ...(gap && { gap_id: gap }) } }));
    done(t(made.state === 'published' ? 'knowledge.published' : 'knowledge.kept', { title: made.title }), () => withdrawOnly(made.id, made.revision));
    return made;
  }
  async function change(before: KnowledgeEntry, body: KnowledgeInput): Promise<void> {
    const now = await put(before.id, before.revision, body);
    const back = () => (before.state === 'withdrawn' ? withdrawOnly(before.id, now.revision) : put(before.id, now.revision, inputOf(before)));
    done(t(now.state === 'published' ? 'knowledge.published' : 'knowledge.kept', { title: now.title }), back);
  }
  async function withdraw(entry: KnowledgeEntry): Promise<void> {
    try {
      const now = await withdrawOnly(entry.id, entry.revision);
      done(t('knowledge.withdrawn', { title: entry.title }), () => put(entry.id, now.revision, inputOf(entry)));
    } catch (cause) {
      fail(cause);
    }
  }
  async function dismiss(gap: string): Promise<void> {
    try {
      await get(api.DELETE('/api/v1/knowledge/gaps/{gap}', { params: { path: { gap }, header: csrf } }));
      toast({ tone: 'done', title: t('knowledge.gaps.dismissed') });
    } catch (cause) {
      fail(cause);
    }
    void freshen();
  }
  return { add, change, withdraw, dismiss, freshen };
}
