// Messages picked in the chat of a lead: made a lead of their own, moved to another lead, to none, or taken into this one.
// Each is one call of the program; for 8 seconds it can be taken back.
import { useQueryClient } from '@tanstack/vue-query';
import { computed, reactive, ref, watch, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import type { Lead, LeadSummary } from '@/api/types';
import { refuse } from '@/ui/toasts';
import { useDone } from '@/ui/useDone';
import type { LiveQueue } from './useQueue';

export function usePicks(lead: Ref<Lead | undefined>, list: Pick<LiveQueue, 'receive'>, show: (id: string) => void) {
  const { t } = useI18n();
  const cache = useQueryClient();
  const done = useDone();
  const picking = ref(false);
  const busy = ref(false);
  const picked = reactive(new Set<string>());
  const messages = computed(() => (lead.value?.messages ?? []).filter((each) => picked.has(each.id)));
  const inside = computed(() => messages.value.filter((each) => each.in_lead).map((each) => each.id));
  const outside = computed(() => [...picked].filter((id) => !inside.value.includes(id)));
  const all = computed(() => (lead.value?.messages ?? []).filter((each) => each.in_lead).length);

  function stop(): void {
    picking.value = false;
    picked.clear();
  }
  watch(() => lead.value?.id, stop);
  const fresh = (...ids: (string | undefined)[]) => ids.forEach((id) => id && void cache.invalidateQueries({ queryKey: ['lead', id] }));
  function received({ lead: now, other }: { lead: LeadSummary; other: LeadSummary | null }): void {
    for (const each of [now, other]) if (each) list.receive({ kind: 'lead.changed', lead: each }, true);
    fresh(now.id, other?.id);
  }
  const header = (version: number) => ({ 'If-Match': `"${version}"`, 'Idempotency-Key': actionKey(), ...csrf });
  const version = async (id: string) => (await get(api.GET('/api/v1/leads/{lead}', { params: { path: { lead: id } } }))).decision_version;

  // From a lead to another one or to none, one after the other; the version of the lead goes along.
  async function moveAll(from: string, seen: number, ids: readonly string[], to: string | null): Promise<number> {
    let now = seen;
    for (const message of ids) {
      const pair = await get(api.POST('/api/v1/leads/{lead}/messages/{message}/move', { params: { path: { lead: from, message }, header: header(now) }, body: { to } }));
      now = pair.lead.decision_version;
      received(pair);
    }
    return now;
  }
  async function once(act: (from: Lead) => Promise<void>): Promise<void> {
    const from = lead.value;
    if (!from || busy.value) return;
    busy.value = true;
    try {
      await act(from);
    } catch (cause) {
      refuse(cause, t);
      fresh(from.id);
    } finally {
      busy.value = false;
    }
  }

  return {
    picking, picked, busy, inside, outside, all,
    start: () => (picking.value = true),
    stop,
    toggle: (id: string) => (picked.has(id) ? picked.delete(id) : picked.add(id)),
    split: () =>
      once(async (from) => {
        const ids = [...inside.value];
        const pair = await get(api.POST('/api/v1/leads/{lead}/split', { params: { path: { lead: from.id }, header: header(from.decision_version) }, body: { messages: ids } }));
        const made = pair.other;
        received(pair);
        stop();
        done(
          t('desk.pick.splitDone', { n: ids.length }),
          async () => {
            if (!made) return;
            received(await get(api.POST('/api/v1/leads/{lead}/merge', { params: { path: { lead: made.id }, header: header(await version(made.id)) }, body: { into: from.id } })));
            show(from.id);
          },
          { detail: made?.summary },
        );
      }),
    // to: another lead; null: none.
    move: (to: string | null, name = '') =>
      once(async (from) => {
        const ids = [...inside.value];
        await moveAll(from.id, from.decision_version, ids, to);
        stop();
        done(t(to ? 'desk.pick.moveDone' : 'desk.pick.outDone', { n: ids.length }), async () => void (await moveAll(to ?? from.id, await version(to ?? from.id), ids, from.id)), { detail: name });
      }),
    // Talk that the machine left out comes into this lead.
    takeIn: () =>
      once(async (into) => {
        const ids = [...outside.value];
        await moveAll(into.id, into.decision_version, ids, into.id);
        stop();
        done(t('desk.pick.inDone', { n: ids.length }), async () => void (await moveAll(into.id, await version(into.id), ids, null)));
      }),
  };
}
export type Picks = ReturnType<typeof usePicks>;
