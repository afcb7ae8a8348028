// What a webhook can hear of, as the page offers it: whole families, and what has none.
export const OFFERED = ['lead.*', 'case.*', 'promise.*', 'group.heard', 'knowledge.changed'] as const;
export type Offered = (typeof OFFERED)[number];

export function isOffered(kind: string): kind is Offered {
  return (OFFERED as readonly string[]).includes(kind);
}

// Where its words stand: webhooks.kind.…
export function wordOf(kind: Offered): string {
  return kind.replace('.*', '').replace('.', '_');
}

// Whose rights it may have: what each family needs.
export const ROLES = ['integrator', 'manager', 'department', 'administrator'] as const;

export interface Draft {
  name: string;
  url: string;
  kinds: readonly string[];
}
export type Fault = 'name' | 'url' | 'kinds';

export function faultsOf(draft: Draft): Fault[] {
  const out: Fault[] = [];
  if (draft.name.trim() === '') out.push('name');
  if (!/^https?:\/\/[^\s@]+$/.test(draft.url.trim())) out.push('url');
  if (draft.kinds.length === 0) out.push('kinds');
  return out;
}
