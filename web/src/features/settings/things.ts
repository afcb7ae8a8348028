// What can be done in the settings and by which words it is sought.
export interface Thing {
  key: string; // its words: settings.thing.KEY
  place: string; // the page that must be open to the person
  to: { name: string; params?: Record<string, string>; query?: Record<string, string> };
  change?: true; // needs more than looking
  everywhere?: true; // … and for all grids
}

export const THINGS: readonly Thing[] = [
  { key: 'addPerson', place: 'people', to: { name: 'people', params: { person: 'new' } }, change: true },
  { key: 'giveRole', place: 'people', to: { name: 'people' }, change: true },
  { key: 'disable', place: 'people', to: { name: 'people' }, change: true },
  { key: 'importGrids', place: 'grids', to: { name: 'grids', params: { grid: 'import' } }, change: true },
  { key: 'editGrids', place: 'grids', to: { name: 'grids' }, change: true },
  { key: 'addRule', place: 'routing', to: { name: 'routing' }, change: true },
  { key: 'addUnit', place: 'units', to: { name: 'units' }, change: true },
  { key: 'addChannel', place: 'channels', to: { name: 'channels' }, change: true },
  { key: 'keepLong', place: 'residents', to: { name: 'residents' } },
  { key: 'canned', place: 'canned', to: { name: 'canned' }, change: true, everywhere: true },
  { key: 'setCompanion', place: 'companion', to: { name: 'companion' } },
  { key: 'setModel', place: 'modelServer', to: { name: 'modelServer' } },
  { key: 'setWays', place: 'ways', to: { name: 'ways' } },
  { key: 'addWebhook', place: 'webhooks', to: { name: 'webhooks' } },
  { key: 'breaches', place: 'promise', to: { name: 'promise' } },
  { key: 'whoTold', place: 'deliveries', to: { name: 'deliveries' } },
  { key: 'makeKey', place: 'keys', to: { name: 'keys' } },
  { key: 'whoDid', place: 'audit', to: { name: 'audit' } },
  { key: 'plan', place: 'duty', to: { name: 'duty' }, change: true },
  { key: 'calendar', place: 'duty', to: { name: 'duty', query: { do: 'calendar' } }, change: true, everywhere: true },
  { key: 'leave', place: 'duty', to: { name: 'duty' } },
  { key: 'password', place: 'account', to: { name: 'account' } },
  { key: 'secondFactor', place: 'account', to: { name: 'account' } },
  { key: 'sessions', place: 'account', to: { name: 'account' } },
  { key: 'language', place: 'account', to: { name: 'account' } },
];

// Every part of what was written stands somewhere in the words.
export function fits(written: string, ...words: string[]): boolean {
  const all = words.join(' ').toLowerCase();
  return written.toLowerCase().split(/\s+/).filter(Boolean).every((part) => all.includes(part));
}
