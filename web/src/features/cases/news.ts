// What is open changes by events, whichever page is open; what came to this person just now is said.
import { useQueryClient } from '@tanstack/vue-query';
import { onScopeDispose } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { session } from '@/api/client';
import { onLive } from '@/api/live';
import type { Case, CaseEvent } from '@/api/types';
import { announce } from '@/ui/announce';
import { toast } from '@/ui/toasts';

const BURST_MS = 600; // many events make one fetch

export function useCaseNews(): void {
  const { t } = useI18n();
  const cache = useQueryClient();
  const router = useRouter();
  const said = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function tell({ kind, case: one }: CaseEvent): void {
    const came = kind !== 'case.withdrawn' && one.assignee === session.value?.user.id && (one.state === 'dispatched' || one.state === 'transferred');
    const which = `${one.id} ${one.version}`;
    if (!came || !one.number || said.has(which)) return;
    said.add(which);
    const urgent = one.urgency === 1;
    const title = t(urgent ? 'cases.comesUrgent' : 'cases.comes', { number: one.number });
    announce(title);
    toast({ tone: urgent ? 'danger' : 'done', title, action: { label: t('cases.look'), run: () => void router.push({ name: 'cases', params: { case: one.id } }) } });
  }

  const quiet = onLive((news) => {
    if (news.kind !== 'case') return;
    const { kind, case: one } = news.event;
    tell(news.event);
    const key = ['cases', 'one', one.id];
    const kept = cache.getQueryData<Case>(key);
    if (kind === 'case.withdrawn') void cache.resetQueries({ queryKey: key });
    else if (kept && kept.revision < (one.revision ?? Infinity)) void cache.invalidateQueries({ queryKey: key });
    clearTimeout(timer);
    timer = setTimeout(() => {
      for (const part of ['list', 'board']) void cache.invalidateQueries({ queryKey: ['cases', part] });
    }, BURST_MS);
  });
  onScopeDispose(() => {
    quiet();
    clearTimeout(timer);
  });
}
