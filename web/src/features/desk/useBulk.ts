// Many leads handled in one go: chosen by hand or "all like this", looked at before, done in small parts so that progress is
// seen and it can be stopped, taken back as a whole.
import { computed, reactive, ref, shallowRef, type Ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import type { Bulk, BulkOutcome, DismissReason, LeadSummary } from '@/api/types';
import { refuse, toast } from '@/ui/toasts';
import { alike, type Near } from './alike';
import type { LiveQueue } from './useQueue';

export type BulkAction = Bulk['action'];
export type Outcome = BulkOutcome['leads'][number];
export const MOST = 500; // as the program takes them
const PART = 50; // leads a call
const PAGE = 200;

export interface Choice {
  action: BulkAction;
  reason: DismissReason;
  into: string | undefined; // merge: the lead that stays
  text: string; // reply
}

export function useBulk(list: LiveQueue, ids: Ref<readonly string[]>, merged: (into: string, reply: boolean) => void) {
  const { t } = useI18n();
  const chosen = reactive(new Map<string, LeadSummary>());
  const choosing = ref(false); // boxes stand before the rows
  const open = ref(false); // what is to be done with them is being decided
  const choice = reactive<Choice>({ action: 'confirm', reason: 'duplicate', into: undefined, text: '' });
  const preview = shallowRef<BulkOutcome>();
  const error = shallowRef<unknown>();
  const looking = ref(false);
  const progress = ref<{ done: number; all: number }>();
  const near = ref<Near>(); // chosen by "all like this", how far
  const pool = shallowRef<LeadSummary[]>([]);
  let like: LeadSummary | undefined;
  let anchor: string | undefined;
  const stopped = ref(false);
  let round = 0;

  // As the program told them last; a lead that has left the list is looked at by the preview.
  const leads = computed(() => [...chosen.values()].map((lead) => list.queue.rows.find((each) => each.id === lead.id) ?? lead));
  const row = (id: string) => list.queue.rows.find((each) => each.id === id);

  function toggle(id: string, on = !chosen.has(id)): void {
    const lead = row(id);
    if (!lead) return;
    choosing.value = true;
    if (on && chosen.size < MOST) chosen.set(id, lead);
    else chosen.delete(id);
    anchor = id;
    near.value = undefined;
    changed();
  }
  // From where the hand was last to here.
  function range(id: string): void {
    const from = anchor === undefined ? -1 : ids.value.indexOf(anchor);
    const to = ids.value.indexOf(id);
    if (from < 0 || to < 0) return toggle(id, true);
    for (const each of ids.value.slice(Math.min(from, to), Math.max(from, to) + 1)) {
      const lead = row(each);
      if (lead && chosen.size < MOST) chosen.set(each, lead);
    }
    choosing.value = true;
    near.value = undefined;
    changed();
  }
  function clear(): void {
    chosen.clear();
    choosing.value = open.value = false;
    near.value = like = anchor = preview.value = error.value = undefined;
    pool.value = [];
    choice.text = '';
    round++;
  }
  // The boxes go with the last one.
  function changed(): void {
    preview.value = undefined;
    if (choice.into !== undefined && !chosen.has(choice.into)) choice.into = undefined;
    if (open.value && chosen.size) void look();
    if (open.value && !chosen.size) clear();
  }

  // Open leads of the same kind that came about the same time: what an outage looks like.
  async function allLike(lead: LeadSummary): Promise<void> {
    clear();
    like = lead;
    choosing.value = open.value = looking.value = true;
    Object.assign(choice, { action: 'merge', into: lead.id });
    try {
      const all: LeadSummary[] = [];
      let cursor: string | undefined;
      do {
        const page = await get(
          api.GET('/api/v1/leads', { params: { query: { state: 'open', live: lead.live, category: lead.category, limit: PAGE, cursor } } }),
        );
        all.push(...page.leads);
        cursor = page.next_cursor ?? undefined;
      } while (cursor && all.length < 10 * MOST);
      if (like !== lead) return;
      pool.value = all;
      widen(alike(all, lead, 'community').length > 1 ? 'community' : 'all');
    } catch (cause) {
      clear();
      refuse(cause, t);
    }
  }
  function widen(to: Near): void {
    if (!like) return;
    chosen.clear();
    for (const each of alike(pool.value, like, to).slice(0, MOST)) chosen.set(each.id, each);
    near.value = to;
    void look();
  }

  const body = (part: readonly LeadSummary[], dry: boolean): Bulk => ({
    action: choice.action,
    leads: part.filter((each) => choice.action !== 'merge' || each.id !== choice.into).map((each) => ({ id: each.id, decision_version: each.decision_version })),
    ...(choice.action === 'dismiss' && { reason: choice.reason }),
    ...(choice.action === 'merge' && { into: choice.into }),
    ...(choice.action === 'reply' && { text: choice.text.trim() || '…' }),
    dry_run: dry,
  });
  const post = (part: readonly LeadSummary[], dry: boolean, key = actionKey()) =>
    get(api.POST('/api/v1/leads/bulk', { params: { header: { 'Idempotency-Key': key, ...csrf } }, body: body(part, dry) }));

  async function look(): Promise<void> {
    const mine = ++round;
    open.value = looking.value = true;
    preview.value = error.value = undefined;
    if (choice.action === 'merge' && !choice.into) choice.into = leads.value[0]?.id;
    if (body(leads.value, true).leads.length === 0) {
      looking.value = false;
      return;
    }
    try {
      const found = await post(leads.value, true);
      if (mine === round) preview.value = found;
    } catch (cause) {
      if (mine === round) error.value = cause;
    } finally {
      if (mine === round) looking.value = false;
    }
  }
  function choose(change: Partial<Choice>): void {
    Object.assign(choice, change);
    void look();
  }

  async function apply(): Promise<void> {
    if (progress.value || !preview.value) return;
    const can = new Set(preview.value.leads.filter((each) => each.done).map((each) => each.id));
    // Versions are those that were looked at.
    const todo = preview.value.leads.flatMap((each) => (can.has(each.id) && each.lead ? [each.lead] : []));
    const { action, into } = choice;
    const batches: string[] = [];
    let done = 0;
    let refused = 0;
    stopped.value = false;
    try {
      for (let at = 0; at < todo.length && !stopped.value; at += PART) {
        progress.value = { done: at, all: todo.length };
        const said = await post(todo.slice(at, at + PART), false);
        if (said.batch) batches.push(said.batch);
        done += said.done;
        refused += said.not_done;
        for (const each of said.leads) if (each.lead) list.receive({ kind: 'lead.changed', lead: each.lead }, each.done);
      }
    } catch (cause) {
      refuse(cause, t);
    }
    progress.value = undefined;
    if (done > 0) {
      clear();
      toast({
        tone: 'done',
        // Words that were sent leave after 8 seconds, whatever rests here.
        ...(action === 'reply' && { fixed: true as const }),
        ms: action === 'reply' ? 8000 : 20_000,
        title: t(`bulk.done.${action}`, { n: done }),
        detail: refused ? t('bulk.refused', { n: refused }) : undefined,
        action: { label: t('undo'), key: 'z', run: () => void undo(batches) },
      });
      if (action === 'merge' && into) merged(into, true);
    } else if (todo.length) {
      void look();
    }
  }

  async function undo(batches: readonly string[]): Promise<void> {
    let back = 0;
    let left = 0;
    try {
      for (const batch of batches.toReversed()) {
        const said = await get(api.POST('/api/v1/leads/bulk/{batch}/undo', { params: { path: { batch }, header: { 'Idempotency-Key': actionKey(), ...csrf } } }));
        back += said.done;
        left += said.not_done;
      }
      toast({ tone: left ? 'warn' : 'done', title: t('bulk.undone', { n: back }), detail: left ? t('bulk.undoneNot', { n: left }) : undefined });
    } catch (cause) {
      refuse(cause, t);
    } finally {
      list.reload();
    }
  }

  return {
    chosen, choosing, open, choice, preview, error, looking, progress, near, leads,
    counts: computed(() => (like ? { grid: alike(pool.value, like, 'grid').length, community: alike(pool.value, like, 'community').length, all: alike(pool.value, like, 'all').length } : undefined)),
    toggle, range, clear, allLike, widen, look, choose, apply,
    begin: () => (choosing.value = true),
    write: (text: string) => (choice.text = text),
    stop: () => (stopped.value = true),
  };
}
export type Bulking = ReturnType<typeof useBulk>;
