// Changes of people, each with its undo in a toast where there is one.
import { useQueryClient } from '@tanstack/vue-query';
import { useI18n } from 'vue-i18n';
import { actionKey, api, csrf, get, session } from '@/api/client';
import { person, personQuery } from '@/api/people';
import type { ColleagueDetails, StaffRole } from '@/api/types';
import { loadSession } from '@/features/session/session';
import { heldWords } from '@/ui/held';
import { dayOf } from '@/ui/time';
import { useDone } from '@/ui/useDone';
import { again, type Held } from './roles';

export interface RoleBody {
  role: StaffRole;
  grid_id?: string;
  from?: string;
  until?: string;
  deputy_for?: string;
}

export function usePerson() {
  const { t } = useI18n();
  const cache = useQueryClient();
  const done = useDone();
  const header = () => ({ 'Idempotency-Key': actionKey(), ...csrf });

  function keep(now: ColleagueDetails): ColleagueDetails {
    cache.setQueryData(personQuery(now.id).queryKey, now);
    for (const part of ['list', 'find']) void cache.invalidateQueries({ queryKey: ['people', part] });
    if (now.id === session.value?.user.id) void loadSession();
    return now;
  }
  const add = async (body: RoleBody & { name: string; display_name: string; phone?: string }, key: string) =>
    keep(await person(api.POST('/api/v1/users', { params: { header: { 'Idempotency-Key': key, ...csrf } }, body })));

  async function change(user: string, body: { display_name?: string; phone?: string; disabled?: boolean }, revision: number): Promise<ColleagueDetails> {
    const params = { path: { user }, header: { 'If-Match': `"${revision}"`, ...header() } };
    return keep(await person(api.PUT('/api/v1/users/{user}', { params, body })));
  }
  async function edit(before: ColleagueDetails, body: { display_name: string; phone: string }): Promise<void> {
    const { revision } = await change(before.id, body, before.revision);
    const old = { display_name: before.display_name, phone: before.phone ?? '' };
    done(t('people.changed', { name: body.display_name }), () => change(before.id, old, revision));
  }
  async function setDisabled(whom: ColleagueDetails, disabled: boolean): Promise<void> {
    const { revision } = await change(whom.id, { disabled }, whom.revision);
    done(t(disabled ? 'people.disabled' : 'people.enabled', { name: whom.display_name }), () => change(whom.id, { disabled: !disabled }, revision));
  }

  async function resetSecondFactor(whom: ColleagueDetails): Promise<void> {
    await get(api.DELETE('/api/v1/users/{user}/second-factor', { params: { path: { user: whom.id }, header: csrf } }));
    done(t('people.factorReset', { name: whom.display_name }), undefined, { detail: t('people.factorResetHint') });
  }

  const send = async (user: string, body: RoleBody, key = actionKey()) =>
    keep(await person(api.POST('/api/v1/users/{user}/roles', { params: { path: { user }, header: { 'Idempotency-Key': key, ...csrf } }, body })));
  const take = async (user: string, role: string) =>
    keep(await person(api.DELETE('/api/v1/users/{user}/roles/{role}', { params: { path: { user, role }, header: header() } })));

  async function give(whom: ColleagueDetails, body: RoleBody, key: string): Promise<void> {
    const known = new Set(whom.roles.map((each) => each.id));
    const now = await send(whom.id, body, key);
    const given = now.roles.find((each) => !known.has(each.id));
    done(t('people.given', { name: whom.display_name, role: given ? heldWords(given, t) : t(`roles.name.${body.role}`) }), given && (() => take(whom.id, given.id)));
  }
  async function end(whom: ColleagueDetails, held: Held): Promise<void> {
    await take(whom.id, held.id);
    done(t('people.ended', { name: whom.display_name, role: heldWords(held, t) }), () => send(whom.id, again(held, dayOf(Date.now()))));
  }
  return { add, edit, setDisabled, resetSecondFactor, give, end };
}
