import type { Lead } from '@/api/types';

// A lead that was looked at with names keeps them when it is fetched anew, which brings it masked: whatever is still as it was
// then is shown with names, whatever has changed since stays masked, and so the lead can be asked for again.
export interface Revealed {
  masked: Lead;
  named: Lead;
}
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export function withNames(now: Lead, { masked, named }: Revealed): Lead {
  if (now.names_shown) return now;
  let whole = true;
  const messages = now.messages.map((message) => {
    const was = masked.messages.find((each) => each.id === message.id);
    const known = same(was, message) ? named.messages.find((each) => each.id === message.id) : undefined;
    whole &&= known !== undefined;
    return known ?? message;
  });
  const told = <K extends 'summary' | 'place' | 'note' | 'reasons'>(key: K): Lead[K] => {
    if (same(masked[key], now[key])) return named[key];
    whole = false;
    return now[key];
  };
  // Deciding adds to the history, which tells of colleagues.
  const fields = { summary: told('summary'), place: told('place'), note: told('note'), reasons: told('reasons') };
  const history = same(masked.history, now.history) ? named.history : now.history;
  return { ...now, ...fields, messages, history, names_shown: whole };
}
