// The roster as the program has it, under the query key 'roster', and its changes, each with its undo in a toast.
import { useQuery, useQueryClient } from '@tanstack/vue-query';
import { computed, toValue, type MaybeRefOrGetter } from 'vue';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get } from '@/api/client';
import type { CalendarPlan, Pattern, PatternInput, Shift, ShiftInput, Swap } from '@/api/types';
import { upload } from '@/api/upload';
import { dayOf } from '@/ui/time';
import { useDone } from '@/ui/useDone';
import { undoing } from './days';

export interface Asked {
  grid?: string;
  from: string;
  to: string;
}
const queryOf = ({ grid, from, to }: Asked) => ({ from, to, ...(grid && { grid }) });

// Another week is loaded anew: the days of the last one are not its days.
export function useRoster(asked: MaybeRefOrGetter<Asked>, enabled: MaybeRefOrGetter<boolean> = true) {
  const query = computed(() => queryOf(toValue(asked)));
  return useQuery({
    queryKey: ['roster', 'shifts', query],
    queryFn: () => get(api.GET('/api/v1/roster', { params: { query: query.value } })),
    enabled: () => toValue(enabled),
    refetchInterval: 60_000,
  });
}
export function useGaps(asked: MaybeRefOrGetter<Asked>) {
  const query = computed(() => queryOf(toValue(asked)));
  return useQuery({
    queryKey: ['roster', 'gaps', query],
    queryFn: () => get(api.GET('/api/v1/roster/gaps', { params: { query: query.value } })),
  });
}
export const useSwaps = () =>
  useQuery({
    queryKey: ['roster', 'swaps'],
    queryFn: () => get(api.GET('/api/v1/roster/swaps', { params: { query: { state: 'asked' } } })),
    refetchInterval: 60_000,
  });
export function useDutyNow(grid: MaybeRefOrGetter<string | undefined>) {
  return useQuery({
    queryKey: ['roster', 'now', computed(() => toValue(grid))],
    queryFn: () => get(api.GET('/api/v1/duty/now', { params: { query: { grid: toValue(grid)! } } })),
    enabled: () => toValue(grid) !== undefined,
    refetchInterval: 60_000,
  });
}
export const useCalendar = (from: MaybeRefOrGetter<string>, to: MaybeRefOrGetter<string>) =>
  useQuery({
    queryKey: ['roster', 'calendar', computed(() => toValue(from)), computed(() => toValue(to))],
    queryFn: () => get(api.GET('/api/v1/calendar', { params: { query: { from: toValue(from), to: toValue(to) } } })),
  });

// Tables of days. What was written counts for the roster too, so all of it is loaded anew.
export function useCalendarChanges() {
  const { t } = useI18n();
  const cache = useQueryClient();
  const done = useDone(() => void cache.invalidateQueries({ queryKey: ['roster'] }));
  const send = (apply: boolean, body: Blob) => upload<CalendarPlan>(`/api/v1/calendar/import?apply=${apply}`, { body });
  return {
    plan: (body: Blob) => send(false, body),
    // Not applied where the table has become wrong meanwhile; the plan says what.
    async write(body: Blob): Promise<CalendarPlan> {
      const written = await send(true, body);
      const back = async () => {
        for (const days of undoing(written)) await get(api.PUT('/api/v1/calendar', { params: { header: { 'Idempotency-Key': actionKey(), ...csrf } }, body: { days } }));
      };
      if (written.applied) done(t('duty.calendar.saved', { n: written.changes.length }), back);
      return written;
    },
  };
}

export function useRosterChanges() {
  const { t } = useI18n();
  const cache = useQueryClient();
  const header = (key = actionKey()) => ({ 'Idempotency-Key': key, ...csrf });
  const done = useDone(() => void cache.invalidateQueries({ queryKey: ['roster'] }));

  const post = (body: ShiftInput, key?: string) => get(api.POST('/api/v1/roster/shifts', { params: { header: header(key) }, body }));
  const remove = (shift: string) => get(api.DELETE('/api/v1/roster/shifts/{shift}', { params: { path: { shift }, header: header() } }));
  const postPattern = (body: PatternInput, key?: string) => get(api.POST('/api/v1/roster/patterns', { params: { header: header(key) }, body }));
  const dropPattern = (pattern: string) => get(api.DELETE('/api/v1/roster/patterns/{pattern}', { params: { path: { pattern }, header: header() } }));
  const decideSwap = (swap: string, what: 'accept' | 'decline' | 'cancel') => {
    const params = { path: { swap }, header: header() };
    if (what === 'accept') return get(api.POST('/api/v1/roster/swaps/{swap}/accept', { params }));
    if (what === 'decline') return get(api.POST('/api/v1/roster/swaps/{swap}/decline', { params }));
    return get(api.POST('/api/v1/roster/swaps/{swap}/cancel', { params }));
  };

  return {
    // key: one a form, so that sending it again after no answer puts nobody on duty twice.
    async addShift(body: ShiftInput, who: string, key: string): Promise<void> {
      const shift = await post(body, key);
      done(t('duty.added', { who }), () => remove(shift.id));
    },
    async addPattern(body: PatternInput, who: string, key: string): Promise<void> {
      const pattern = await postPattern(body, key);
      done(t('duty.patternAdded', { who }), () => dropPattern(pattern.id));
    },
    async removeShift(shift: Shift): Promise<void> {
      await remove(shift.id);
      const again = { grid_id: shift.grid.id, duty: shift.duty, user_id: shift.person.id, from: shift.from, to: shift.to };
      done(t('duty.removed', { who: shift.person.display_name }), () => post(again));
    },
    async endPattern({ id, grid, duty, person, days, from, to, first, last }: Pattern): Promise<void> {
      await dropPattern(id);
      // It comes back from today on, or with its first day where that is still to come.
      const again = { grid_id: grid.id, duty, user_id: person.id, days, from, to, ...(first > dayOf(Date.now()) && { first }), ...(last && { last }) };
      done(t('duty.patternEnded', { who: person.display_name }), () => postPattern(again));
    },
    async swap(shift: Shift, colleague: { id: string; display_name: string }, order: boolean, key: string): Promise<void> {
      const body = { user_id: colleague.id, order };
      const swap = await get(api.POST('/api/v1/roster/shifts/{shift}/swap', { params: { path: { shift: shift.id }, header: header(key) }, body }));
      done(t(order ? 'duty.ordered' : 'duty.asked', { who: colleague.display_name }), () => decideSwap(swap.id, 'cancel'), { detail: order ? undefined : t('duty.askedHint') });
    },
    async decide(swap: Swap, what: 'accept' | 'decline' | 'cancel'): Promise<void> {
      await decideSwap(swap.id, what);
      done(t(`duty.decided.${what}`, { who: swap.person.display_name }));
    },
    async addAbsence(body: { user_id?: string; from: string; to: string }, key: string): Promise<void> {
      const absence = await get(api.POST('/api/v1/roster/absences', { params: { header: header(key) }, body }));
      done(t('duty.away'), () => get(api.DELETE('/api/v1/roster/absences/{absence}', { params: { path: { absence: absence.id }, header: header() } })));
    },
    async endAbsence(absence: string): Promise<void> {
      await get(api.DELETE('/api/v1/roster/absences/{absence}', { params: { path: { absence }, header: header() } }));
      done(t('duty.backAgain'));
    },
  };
}
