// Says that this person is at the open lead, viewing or writing, again while it is open on the screen, and that they have
// left. Where somebody else is at it nothing is said, until that one leaves, lapses, or is taken over from.
import { computed, onScopeDispose, ref, watch, type Ref } from 'vue';
import { api, csrf, csrfToken, get, session } from '@/api/client';
import { connection } from '@/api/live';
import { Refusal } from '@/api/problem';
import type { Claim, Lead } from '@/api/types';
import { useNow } from '@/ui/now';
import { claimable, other } from './claim';

const AGAIN_MS = 30_000;
// Who only passes over a lead on the way to another does not claim it.
const PASSING_MS = 400;

// claimed: what the program says now of a lead's claim. caughtUp: it is another's, so the lead is to be asked for anew.
export function useClaim(
  lead: Ref<Lead | undefined>,
  writing: Ref<boolean>,
  may: Ref<boolean>,
  told: { claimed(lead: string, claim: Claim | null): void; caughtUp(lead: string): Promise<unknown> },
) {
  const now = useNow();
  const seen = ref(!document.hidden);
  const others = computed(() => other(lead.value, now.value, session.value?.user.id));
  const doing = computed(() => (writing.value ? 'writing' : 'viewing'));
  // The lead that is to be claimed.
  const wanted = computed(() => {
    const it = lead.value;
    return it && may.value && seen.value && claimable(it) && !others.value && connection.value !== 'lost' ? it.id : undefined;
  });
  let held: string | undefined; // claimed by this page
  let timer: ReturnType<typeof setTimeout> | undefined;

  async function say(id: string, takeOver = false): Promise<void> {
    clearTimeout(timer);
    timer = setTimeout(() => wanted.value === id && void say(id), AGAIN_MS);
    try {
      const body = { doing: doing.value, ...(takeOver && { take_over: true }) } as const;
      const claim = await get(api.PUT('/api/v1/leads/{lead}/claim', { params: { path: { lead: id }, header: csrf }, body }));
      held = id;
      told.claimed(id, claim);
      // Gone on meanwhile.
      if (lead.value?.id !== id) leave();
    } catch (error) {
      // Presence is a courtesy: a line that is down is said elsewhere, and so is a lead that is gone.
      if (error instanceof Refusal && error.status === 409) await told.caughtUp(id);
    }
  }
  // keepalive: it is sent even when the page goes away with it.
  function leave(): void {
    clearTimeout(timer);
    if (!held) return;
    const id = held;
    held = undefined;
    if (session.value === null) return; // signed out: it lapses
    const headers = { 'x-csrf-token': csrfToken() };
    void globalThis.fetch(`/api/v1/leads/${encodeURIComponent(id)}/claim`, { method: 'DELETE', keepalive: true, headers }).catch(() => {});
  }

  watch(
    wanted,
    (id) => {
      clearTimeout(timer);
      if (id === undefined || id !== held) {
        // What is no longer claimable has lost its claim already; a page out of sight lets it lapse.
        if (held && lead.value?.id !== held) leave();
        if (id !== undefined) timer = setTimeout(() => wanted.value === id && void say(id), PASSING_MS);
      } else void say(id);
    },
    { immediate: true },
  );
  watch(doing, () => wanted.value && void say(wanted.value));
  watch(others, (claim) => {
    if (claim && held === lead.value?.id) held = undefined; // taken over
  });
  watch(() => lead.value?.state, () => {
    if (lead.value && !claimable(lead.value) && held === lead.value.id) held = undefined;
  });

  const visible = () => (seen.value = !document.hidden);
  document.addEventListener('visibilitychange', visible);
  addEventListener('pagehide', leave);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', visible);
    removeEventListener('pagehide', leave);
    leave();
  });

  return {
    others,
    takeOver: () => (lead.value ? say(lead.value.id, true) : Promise.resolve()),
  };
}
