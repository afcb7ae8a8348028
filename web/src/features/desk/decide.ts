// A person decides. The lead leaves the queue at once and the next one is shown; what goes wrong brings it back with
// words about what happened; one that went to a grid of others stays away. For 8 seconds the decision can be taken back.
import { useQueryClient } from '@tanstack/vue-query';
import { reactive } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import { Refusal, words } from '@/api/problem';
import type { DismissReason, LeadSummary } from '@/api/types';
import { toast } from '@/ui/toasts';
import { clock } from '@/ui/time';
import type { LiveQueue } from './useQueue';

export type Decision = { kind: 'confirm' } | { kind: 'dismiss'; reason: DismissReason; note?: string };

const PAST = { confirm: 'confirmed', dismiss: 'dismissed' } as const;

// show: opens a lead's card (or none).
export function useDecide(list: LiveQueue, show: (id: string | undefined) => void) {
  const { t } = useI18n();
  const cache = useQueryClient();
  const busy = reactive(new Set<string>());

  const send = (lead: LeadSummary, decision: Decision | { kind: 'reopen' }, key: string) => {
    const params = {
      path: { lead: lead.id },
      header: { 'If-Match': `"${lead.decision_version}"`, 'Idempotency-Key': key, ...csrf },
    };
    if (decision.kind === 'confirm') return get(api.POST('/api/v1/leads/{lead}/confirm', { params }));
    if (decision.kind === 'reopen') return get(api.POST('/api/v1/leads/{lead}/reopen', { params }));
    const { reason, note } = decision;
    return get(api.POST('/api/v1/leads/{lead}/dismiss', { params, body: { reason, ...(note && { note }) } }));
  };

  function fresh(id: string): Promise<void> {
    return cache.invalidateQueries({ queryKey: ['lead', id] });
  }

  async function decide(lead: LeadSummary, decision: Decision, key = actionKey()): Promise<void> {
    if (busy.has(lead.id)) return;
    busy.add(lead.id);
    const taken = list.take(lead.id);
    try {
      const now = await send(lead, decision, key);
      list.receive({ kind: `lead.${PAST[decision.kind]}`, lead: now }, true);
      void fresh(lead.id);
      offerUndo(now, decision);
    } catch (error) {
      if (isGone(error)) return lose(lead);
      if (taken) list.putBack(taken);
      void fresh(lead.id);
      explain(error, lead, () => decide(lead, decision, key));
    } finally {
      busy.delete(lead.id);
    }
  }

  function offerUndo(lead: LeadSummary, decision: Decision): void {
    toast({
      tone: 'done',
      title: t(`desk.done.${decision.kind}`, { what: lead.summary }),
      detail: decision.kind === 'dismiss' ? t(`desk.reason.${decision.reason}`) : undefined,
      action: { label: t('undo'), key: 'z', run: () => void reopen(lead) },
    });
  }

  async function reopen(lead: LeadSummary, key = actionKey()): Promise<void> {
    if (busy.has(lead.id)) return;
    busy.add(lead.id);
    try {
      const now = await send(lead, { kind: 'reopen' }, key);
      list.receive({ kind: 'lead.reopened', lead: now }, true);
      void fresh(lead.id);
      show(lead.id);
    } catch (error) {
      if (isGone(error)) return lose(lead);
      void fresh(lead.id);
      explain(error, lead, () => reopen(lead, key));
    } finally {
      busy.delete(lead.id);
    }
  }

  const isGone = (error: unknown) => error instanceof Refusal && error.status === 404;
  function lose(lead: LeadSummary): void {
    toast({ tone: 'warn', title: t('desk.moved'), detail: lead.summary });
    list.drop(lead.id, true);
  }

  function explain(error: unknown, lead: LeadSummary, again: () => void): void {
    const look = { label: t('desk.look'), run: () => show(lead.id) };
    if (error instanceof Refusal && error.status === 409) {
      void catchUp(lead.id);
      toast({ tone: 'warn', ms: 12000, title: whoDid(error), detail: lead.summary, action: look });
    } else if (error instanceof Refusal && (error.status === 412 || error.status === 428)) {
      void catchUp(lead.id);
      toast({ tone: 'warn', ms: 12000, title: t('desk.changed'), detail: lead.summary, action: look });
    } else {
      const said = words(error, t);
      const retry = { label: t('retry'), run: again };
      toast({ tone: 'danger', ms: 15000, title: t('desk.notSent', { why: said.title }), detail: lead.summary, action: retry });
    }
  }

  function whoDid(refusal: Refusal): string {
    const { who, what, at } = refusal.problem.args ?? {};
    const when = at && !Number.isNaN(Date.parse(at)) ? clock(new Date(at)) : (at ?? '');
    if (!who || (what !== 'confirmed' && what !== 'dismissed')) return refusal.problem.title ?? t('desk.changed');
    return t(`desk.already.${what}`, { who, when });
  }

  // What the program says now replaces what this browser believed.
  async function catchUp(id: string): Promise<void> {
    const now = await get(api.GET('/api/v1/leads/{lead}', { params: { path: { lead: id } } })).catch(() => undefined);
    if (!now) return;
    cache.setQueryData(['lead', id], now);
    list.receive({ kind: 'lead.changed', lead: now });
  }

  return { decide, reopen, busy };
}
