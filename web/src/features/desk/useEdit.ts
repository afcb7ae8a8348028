// A field of a lead set by hand, or given back to the machine. The card shows it at once; for 8 seconds it can be taken back:
// to what a person had set before, else to the machine.
import { useQueryClient } from '@tanstack/vue-query';
import { ref } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import type { Lead, LeadEdit, LeadSummary } from '@/api/types';
import { refuse } from '@/ui/toasts';
import { useDone } from '@/ui/useDone';

export type Field = LeadSummary['by_person'][number];

export function useEdit() {
  const { t } = useI18n();
  const cache = useQueryClient();
  const done = useDone();
  const busy = ref(false);

  const fresh = (id: string) => void cache.invalidateQueries({ queryKey: ['lead', id] });
  async function patch(id: string, version: number, body: LeadEdit): Promise<LeadSummary> {
    try {
      const params = { path: { lead: id }, header: { 'If-Match': `"${version}"`, 'Idempotency-Key': actionKey(), ...csrf } };
      const now = await get(api.PATCH('/api/v1/leads/{lead}', { params, body }));
      cache.setQueryData<Lead>(['lead', id], (kept) => (kept && kept.revision <= now.revision ? { ...kept, ...now } : kept));
      return now;
    } finally {
      fresh(id); // also after a refusal: somebody else was here
    }
  }

  // to: null gives it back. Says whether it went through.
  async function set<F extends Field>(lead: LeadSummary, field: F, to: LeadSummary[F] | null): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    const before = lead.by_person.includes(field) ? (lead[field] ?? '') : null; // a place that a person took away
    try {
      const { decision_version } = await patch(lead.id, lead.decision_version, { [field]: to });
      const said = to === null ? 'desk.edit.givenBack' : 'desk.edit.done';
      done(t(said, { what: t(`desk.edit.field.${field}`) }), () => patch(lead.id, decision_version, { [field]: before }), { detail: lead.summary });
      return true;
    } catch (cause) {
      refuse(cause, t);
      return false;
    } finally {
      busy.value = false;
    }
  }
  return { set, busy };
}
