// The live queue: pages from the program, kept up by events.
import { onScopeDispose, reactive, ref, watch, type Ref } from 'vue';
import { api, get, session } from '@/api/client';
import { connection, onLive, readAt } from '@/api/live';
import type { LeadEvent, LeadSummary } from '@/api/types';
import { useNow } from '@/ui/now';
import * as q from './queue';

const PAGE = 50;
// How long a row stays that somebody else has decided, and how long a new one glows.
const NOTE_MS = 4000;
const RECOUNT_MS = 1500;

export function useQueue(
  filter: Ref<q.Filter>,
  told: { opened(lead: LeadSummary): void; changed(event: LeadEvent): void; gone(lead: string, said: boolean): void },
) {
  const queue = reactive(q.emptyQueue());
  const state = ref<'loading' | 'ready' | 'failed'>('loading');
  const error = ref<unknown>();
  const loadingMore = ref(false);
  const holding = ref(false);
  const now = useNow();
  let cursor: string | null = null;
  let round = 0; // answers of an older filter are thrown away
  let recount: ReturnType<typeof setTimeout> | undefined;

  // Of what the program reckons with: its clock, not this computer's.
  const brokenNow = () => now.value;

  async function fetchPage(limit: number, from?: string) {
    const page = await get(
      api.GET('/api/v1/leads', { params: { query: { ...q.queryOf(filter.value), limit, cursor: from } } }),
    );
    readAt(page.stream_position);
    return page;
  }

  // anew: another filter, so what is shown no longer holds; else what is shown stays until the answer is there.
  async function load(anew: boolean): Promise<void> {
    const mine = ++round;
    if (anew) {
      Object.assign(queue, q.emptyQueue());
      state.value = 'loading';
    }
    const before = new Map(queue.seen);
    try {
      const page = await fetchPage(Math.max(PAGE, Math.min(200, queue.rows.length)));
      if (mine !== round) return;
      // What events told while the page was under way is newer than the page.
      const newer = [...queue.rows, ...queue.held].filter((lead) => lead.revision > (before.get(lead.id) ?? -1));
      Object.assign(queue, { ...q.emptyQueue(), seen: queue.seen, rows: newer });
      cursor = page.next_cursor;
      queue.more = cursor !== null;
      queue.broken = page.broken_last ? brokenNow() : 0;
      q.addPage(queue, page.leads, filter.value);
      queue.total = page.total;
      state.value = 'ready';
      error.value = undefined;
    } catch (cause) {
      if (mine !== round) return;
      error.value = cause;
      if (queue.rows.length === 0) state.value = 'failed';
    }
  }

  async function loadMore(): Promise<void> {
    if (!cursor || loadingMore.value) return;
    const mine = round;
    loadingMore.value = true;
    try {
      const page = await fetchPage(PAGE, cursor);
      if (mine !== round) return;
      cursor = page.next_cursor;
      queue.more = cursor !== null;
      q.addPage(queue, page.leads, filter.value);
      queue.total = page.total;
    } catch (cause) {
      if (mine === round) error.value = cause;
    } finally {
      loadingMore.value = false;
    }
  }

  function countAgain(): void {
    clearTimeout(recount);
    recount = setTimeout(async () => {
      const mine = round;
      const page = await fetchPage(1).catch(() => undefined);
      if (page && mine === round) queue.total = page.total;
    }, RECOUNT_MS);
  }

  // mine: this person decided here, in this tab.
  function receive(event: LeadEvent, mine = false): void {
    const { lead } = event;
    told.changed(event); // the open card may be one of another list
    const isNew = !queue.seen.has(lead.id);
    const effect = q.receive(queue, lead, filter.value, { holding: holding.value, mine });
    if (effect === 'none') return;
    if (effect === 'recount') countAgain();
    if (effect === 'opened') {
      setTimeout(() => queue.fresh.delete(lead.id), NOTE_MS);
      if (isNew && event.kind === 'lead.opened') told.opened(lead);
    }
    if (effect === 'left' && !mine) setTimeout(() => !holding.value && q.settle(queue), NOTE_MS);
  }

  // A lead that this person no longer sees. said: they have been told already.
  function drop(lead: string, said = false): void {
    told.gone(lead, said); // while it stands in the list it is known what comes after it
    if (q.drop(queue, lead) === 'recount') countAgain();
  }

  function settle(): void {
    const coming = queue.held.map((lead) => lead.id);
    q.settle(queue);
    setTimeout(() => coming.forEach((id) => queue.fresh.delete(id)), NOTE_MS);
  }

  // Decided rows stay for their note even when the hand has just left.
  let settling: ReturnType<typeof setTimeout> | undefined;
  watch(holding, (held) => {
    clearTimeout(settling);
    if (!held) settling = setTimeout(settle, 600);
  });
  watch(filter, (after, before) => JSON.stringify(after) !== JSON.stringify(before) && load(true), { deep: true });
  // Back after a cut: a list that could not be loaded is asked for again.
  watch(connection, (line) => line === 'live' && state.value === 'failed' && load(true));
  const quiet = onLive((news) => {
    if (news.kind === 'lead') receive(news.event, news.event.lead.decided_by?.id === session.value?.user.id);
    else if (news.kind === 'gone') drop(news.lead);
    else if (news.kind === 'reset') void load(false);
  });
  onScopeDispose(() => {
    quiet();
    clearTimeout(recount);
    clearTimeout(settling);
  });

  void load(true);
  return {
    queue,
    state,
    error,
    loadingMore,
    // A hand is in the list: nothing may move until it is away.
    hold: (on: boolean) => (holding.value = on),
    reload: () => load(false),
    // The forecast says it anew: broken promises behind those that hold, or by their time again. Not under the hand.
    order(brokenLast: boolean): void {
      if (brokenLast === (queue.broken > 0) || holding.value || state.value !== 'ready' || filter.value.tab !== 'open') return;
      void load(false);
    },
    loadMore,
    receive,
    drop,
    settle,
    take: (id: string) => q.take(queue, id),
    putBack: (lead: LeadSummary) => q.putBack(queue, lead, filter.value),
  };
}
export type LiveQueue = ReturnType<typeof useQueue>;
