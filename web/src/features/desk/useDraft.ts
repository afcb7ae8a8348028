// The words in the box for one lead: what the person has begun, else what the program proposes, with sensible first choices.
import { computed, reactive, ref, watch, type Ref } from 'vue';
import { session } from '@/api/client';
import type { Lead, Proposed } from '@/api/types';
import { useProposed } from './assist';
import { askerOf } from './canned';
import { draftOf, dropDraft, isAnsweredEverywhere, keepDraft, openDrafts, type Draft } from './drafts';
import { sensitive, type Kind } from './sensitive';

// Somebody on duty answered in the group by their own hand: words of a machine are no longer offered.
export const answeredByHand = (lead: Pick<Lead, 'promise' | 'replies' | 'state'>) =>
  lead.promise.kept_at !== null && (lead.state === 'open' || lead.state === 'confirmed') && lead.replies.every((each) => each.withdrawn_at !== null);

export function firstDraft(lead: Lead, kind: Kind | undefined, proposed: Proposed | null): Draft {
  const inLead = new Set(lead.messages.filter((each) => each.in_lead && !each.recalled).map((each) => each.id));
  const quotes = proposed?.quotes && inLead.has(proposed.quotes) ? proposed.quotes : (askerOf(lead)?.id ?? null);
  const where = lead.messages.find((each) => each.id === quotes)?.group ?? lead.groups[0]?.id;
  // Where there is danger no machine speaks.
  const offered = kind === 'danger' ? null : proposed;
  const groups = offered?.groups.filter((id) => lead.groups.some((each) => each.id === id)) ?? [];
  return {
    text: offered?.text ?? '',
    way: kind || proposed?.private ? 'phone' : 'group',
    // What needs somebody to go is not ended by a word.
    ends: lead.state === 'answered' || lead.state === 'in_case' || (offered?.ends ?? lead.handling === 'reply'),
    groups: isAnsweredEverywhere(lead.id) ? lead.groups.map((each) => each.id) : groups.length ? groups : lead.area_wide ? lead.groups.map((each) => each.id) : where ? [where] : [],
    quotes,
    sources: offered?.kind === 'knowledge' ? offered.sources.slice(0, 1).map((each) => each.id) : [],
    machine: false,
  };
}

// lead: always the same one, as it stands.
export function useDraft(lead: Ref<Lead>) {
  openDrafts(session.value?.user.id ?? '');
  const kind = computed(() => sensitive(lead.value));
  const byHand = computed(() => answeredByHand(lead.value));
  const proposed = useProposed(computed(() => lead.value.id), computed(() => !byHand.value && lead.value.state !== 'answered'));
  const offered = computed(() => (byHand.value || lead.value.state === 'answered' ? null : (proposed.value ?? null)));
  const fresh = () => firstDraft(lead.value, kind.value, offered.value);
  const kept = draftOf(lead.value.id);
  const draft = reactive<Draft>(kept ? { ...kept, groups: [...kept.groups], sources: [...kept.sources] } : fresh());
  const own = ref(kept !== undefined); // the person has changed something
  // The proposal comes later than the card, and goes when staff have answered: only words nobody has touched follow.
  watch(offered, () => {
    if (!own.value) Object.assign(draft, fresh());
  });

  return {
    draft,
    kind,
    byHand,
    offered,
    own,
    touched(): void {
      own.value = true;
      if (draft.text.trim() === '') Object.assign(draft, { machine: false, sources: [] });
      keepDraft(lead.value.id, { ...draft, groups: [...draft.groups], sources: [...draft.sources] });
    },
    startOver(): void {
      dropDraft(lead.value.id);
      own.value = false;
      Object.assign(draft, fresh());
    },
  };
}
