// A person answers. The next lead is shown at once; what goes wrong brings the lead back with what happened, and the words are
// kept as they were written. While the program holds them (8 seconds) they can be taken back.
import { useQueryClient } from '@tanstack/vue-query';
import { reactive } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import { Refusal, words } from '@/api/problem';
import type { Lead, LeadSummary, NewReply, Reply } from '@/api/types';
import { clock } from '@/ui/time';
import { toast } from '@/ui/toasts';
import { dropDraft, keepDraft, type Draft } from './drafts';
import type { LiveQueue } from './useQueue';

// Why words were not taken: shown at them until they are sent or the lead is left for good.
export type Hitch =
  | { kind: 'answered' | 'claimed'; who: string; when: string }
  | { kind: 'stale' }
  | { kind: 'refused'; title: string; remedy: string };

export function bodyOf(draft: Draft, again: boolean): NewReply {
  const inGroup = draft.way === 'group';
  return {
    text: draft.text.trim(),
    way: draft.way,
    ends: draft.ends,
    again,
    machine: draft.machine,
    ...(inGroup && { groups: draft.groups, ...(draft.quotes && { quotes: draft.quotes }) }),
    ...(draft.sources.length > 0 && { sources: draft.sources }),
  };
}

export function hitchOf(error: unknown, t: (key: string, args?: Record<string, unknown>) => string): Hitch {
  if (error instanceof Refusal) {
    const { who = '', at = '' } = error.problem.args ?? {};
    const when = Number.isNaN(Date.parse(at)) ? '' : clock(new Date(at));
    if (error.code === 'answered_already') return { kind: 'answered', who, when };
    if (error.code === 'claimed') return { kind: 'claimed', who, when };
    if (error.status === 412 || error.status === 428) return { kind: 'stale' };
  }
  return { kind: 'refused', ...words(error, t) };
}

// show: opens a lead's card.
export function useReply(list: LiveQueue, show: (id: string | undefined) => void) {
  const { t } = useI18n();
  const cache = useQueryClient();
  const busy = reactive(new Set<string>());
  const hitches = reactive(new Map<string, Hitch>());
  // The same words to the same lead are one action, however often they are sent.
  const keys = new Map<string, { body: string; key: string }>();

  function keyOf(lead: string, body: NewReply): string {
    const said = JSON.stringify(body);
    const kept = keys.get(lead);
    if (kept?.body === said) return kept.key;
    const key = actionKey();
    keys.set(lead, { body: said, key });
    return key;
  }

  async function send(lead: LeadSummary, draft: Draft, again: boolean): Promise<void> {
    if (busy.has(lead.id)) return;
    busy.add(lead.id);
    hitches.delete(lead.id);
    keepDraft(lead.id, draft);
    const body = bodyOf(draft, again || lead.state === 'answered');
    const taken = lead.state === 'open' ? list.take(lead.id) : undefined;
    try {
      const params = { path: { lead: lead.id }, header: { 'If-Match': `"${lead.decision_version}"`, 'Idempotency-Key': keyOf(lead.id, body), ...csrf } };
      const reply = await get(api.POST('/api/v1/leads/{lead}/replies', { params, body }));
      keys.delete(lead.id);
      dropDraft(lead.id);
      offerBack(lead, draft, reply);
      await catchUp(lead.id, true);
    } catch (error) {
      if (error instanceof Refusal && error.status === 404) {
        toast({ tone: 'warn', title: t('desk.moved'), detail: lead.summary });
        list.drop(lead.id, true);
        return;
      }
      if (taken) list.putBack(taken);
      const hitch = hitchOf(error, t);
      hitches.set(lead.id, hitch);
      await catchUp(lead.id);
      toast({
        tone: hitch.kind === 'refused' ? 'danger' : 'warn',
        ms: 15_000,
        title: t('desk.reply.notSent', { why: hitchWords(hitch) }),
        detail: lead.summary,
        action: { label: t('desk.look'), run: () => show(lead.id) },
      });
    } finally {
      busy.delete(lead.id);
    }
  }

  const hitchWords = (hitch: Hitch): string =>
    hitch.kind === 'refused' ? hitch.title : t(`desk.reply.hitch.${hitch.kind}`, { ...hitch });

  function offerBack(lead: LeadSummary, draft: Draft, reply: Reply): void {
    const told = reply.way !== 'group';
    toast({
      tone: 'done',
      fixed: true, // the program waits no longer because a pointer rests here
      title: t(told ? 'desk.reply.told' : 'desk.reply.sent', { what: lead.summary }),
      detail: told ? undefined : reply.outgoing.length > 3 ? t('desk.reply.sentToMany', { n: reply.outgoing.length }) : t('desk.reply.sentTo', { groups: reply.outgoing.map((each) => each.group.name).join(t('roles.and')) }),
      action: { label: t('desk.reply.takeBack'), key: 'z', run: () => void takeBack(reply.id, lead, draft) },
    });
  }

  async function takeBack(reply: string, lead: Pick<LeadSummary, 'id' | 'summary'>, draft?: Draft): Promise<void> {
    if (busy.has(lead.id)) return;
    busy.add(lead.id);
    try {
      await get(api.DELETE('/api/v1/replies/{reply}', { params: { path: { reply }, header: csrf } }));
      if (draft) keepDraft(lead.id, draft);
      await catchUp(lead.id, true);
      show(lead.id);
      toast({ tone: 'done', title: t('desk.reply.takenBack'), detail: lead.summary });
    } catch (error) {
      await catchUp(lead.id);
      const said = words(error, t);
      toast({ tone: 'danger', ms: 15_000, title: said.title, detail: said.remedy, action: { label: t('desk.look'), run: () => show(lead.id) } });
    } finally {
      busy.delete(lead.id);
    }
  }

  // What the program says now replaces what this browser believed.
  async function catchUp(id: string, mine = false): Promise<void> {
    const now: Lead | undefined = await get(api.GET('/api/v1/leads/{lead}', { params: { path: { lead: id } } })).catch(() => undefined);
    if (!now) return;
    cache.setQueryData(['lead', id], now);
    list.receive({ kind: 'lead.changed', lead: now }, mine);
  }

  return { send, takeBack, catchUp, hitchWords, busy, hitches };
}
export type Replying = ReturnType<typeof useReply>;
