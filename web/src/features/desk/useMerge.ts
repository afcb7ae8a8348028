// A lead is put together with another one of the same matter, and taken apart again. The eyes go to the one that stays; after
// taking apart back to the other.
import { useQueryClient } from '@tanstack/vue-query';
import { reactive } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import type { LeadEvent, LeadSummary } from '@/api/types';
import { refuse } from '@/ui/toasts';
import { useDone } from '@/ui/useDone';
import type { LiveQueue } from './useQueue';

export function useMerge(list: Pick<LiveQueue, 'receive'>, show: (id: string) => void) {
  const { t } = useI18n();
  const cache = useQueryClient();
  const done = useDone();
  const busy = reactive(new Set<string>());

  const params = (lead: string, version: number) => ({ path: { lead }, header: { 'If-Match': `"${version}"`, 'Idempotency-Key': actionKey(), ...csrf } });
  const fresh = (...ids: string[]) => ids.forEach((id) => void cache.invalidateQueries({ queryKey: ['lead', id] }));
  function receive(kind: LeadEvent['kind'], lead: LeadSummary, other: LeadSummary | null): void {
    list.receive({ kind, lead }, true);
    if (other) list.receive({ kind: 'lead.changed', lead: other }, true);
    fresh(lead.id, ...(other ? [other.id] : []));
  }

  async function takeApart(lead: string, version: number): Promise<void> {
    const { lead: now, other } = await get(api.POST('/api/v1/leads/{lead}/unmerge', { params: params(lead, version) }));
    receive('lead.reopened', now, other);
    show(lead);
  }
  // One at a time; a refusal is said, and what was seen is loaded anew.
  async function once(ids: string[], act: () => Promise<void>): Promise<void> {
    if (busy.has(ids[0]!)) return;
    busy.add(ids[0]!);
    try {
      await act();
    } catch (cause) {
      refuse(cause, t);
      fresh(...ids);
    } finally {
      busy.delete(ids[0]!);
    }
  }

  return {
    busy,
    merge: (lead: LeadSummary, into: string) =>
      once([lead.id, into], async () => {
        const { lead: now, other } = await get(api.POST('/api/v1/leads/{lead}/merge', { params: params(lead.id, lead.decision_version), body: { into } }));
        show(into); // before the list lets go of the merged one
        receive('lead.merged', now, other);
        done(t('desk.similar.merged'), () => takeApart(lead.id, now.decision_version), { detail: other?.summary });
      }),
    unmerge: (lead: LeadSummary) => once([lead.id], () => takeApart(lead.id, lead.decision_version)),
  };
}
