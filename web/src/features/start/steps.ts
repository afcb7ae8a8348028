// From nothing to receiving messages: the steps, and what ticks them off. Pure.
export interface Facts {
  password: boolean; // the administrator has one
  grids: number;
  channels: number;
  waiting: number; // groups that nobody has admitted
  admitted: number;
  people: number; // the administrator counts
  messages: number;
}
export const STEPS = ['password', 'grids', 'channel', 'group', 'people', 'message'] as const;
export type Step = (typeof STEPS)[number];
export const MINUTES: Readonly<Record<Step, number>> = { password: 1, grids: 4, channel: 3, group: 3, people: 3, message: 1 };
// Without these it works, though less well: they may be left for later.
export const MAY_WAIT: readonly Step[] = ['password', 'grids', 'people'];

export function done(step: Step, facts: Facts): boolean {
  switch (step) {
    case 'password': return facts.password;
    case 'grids': return facts.grids > 0;
    case 'channel': return facts.channels > 0;
    case 'group': return facts.admitted > 0;
    case 'people': return facts.people > 1;
    case 'message': return facts.messages > 0;
  }
}
// The next one to take: what was left for later comes back when nothing else is left.
export function current(facts: Facts, later: readonly Step[]): Step | undefined {
  const open = STEPS.filter((step) => !done(step, facts));
  return open.find((step) => !later.includes(step)) ?? open[0];
}
export const minutesLeft = (facts: Facts) => STEPS.reduce((sum, step) => sum + (done(step, facts) ? 0 : MINUTES[step]), 0);

// One community, written by hand: the street above it and its micro-grids.
export interface Starter {
  street: string;
  community: string;
  code: string;
  grids: number;
}
export function starterGrids({ street, community, code, grids }: Starter, gridName: (n: number) => string) {
  const top = `${code}-S`;
  return [
    { code: top, level: 'street' as const, name: street },
    { code, level: 'community' as const, name: community, parent: top },
    ...Array.from({ length: grids }, (_, n) => ({ code: `${code}-${String(n + 1).padStart(2, '0')}`, level: 'micro_grid' as const, name: gridName(n + 1), parent: code })),
  ];
}
