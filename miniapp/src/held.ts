// The links that this phone holds: what its owner reported, found or followed here. Nowhere else is it written whose they are.
import { ref } from 'vue';
import { remember, remembered } from './store';

export interface Held {
  token: string;
  report: boolean; // it began as a report: the number comes later
  number: string; // empty: not yet
  matter: string; // the kind of matter; empty: not known yet
  at: number; // when it was last looked at, in ms
}

export const most = 20;
export const held = ref<Held[]>(remembered<Held[]>('held', []));

// Newest first; one link once; the oldest go.
export function put(list: readonly Held[], one: Held): Held[] {
  return [one, ...list.filter((other) => other.token !== one.token)].slice(0, most);
}

export function hold(token: string, what: Partial<Omit<Held, 'token' | 'at'>>): void {
  const before = held.value.find((one) => one.token === token);
  const known = { report: false, number: '', matter: '', ...before, ...what };
  held.value = put(held.value, { ...known, token, at: Date.now() });
  remember('held', held.value);
}

export function forget(token?: string): void {
  held.value = token ? held.value.filter((one) => one.token !== token) : [];
  remember('held', held.value.length ? held.value : null);
}
