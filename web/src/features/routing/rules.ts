// Who gets leads of which kind: the rules, in words and as they are sent.
import type { RoutingRule, RuleInput } from '@/api/types';

// A rule as it stands, to be sent again: what takes a removal back.
export function inputOf(rule: RoutingRule): RuleInput {
  return {
    grid_id: rule.grid?.id ?? null,
    ...(rule.category && { category: rule.category }),
    ...(rule.domain && { domain: rule.domain }),
    target: rule.target,
    ...(rule.unit && { unit: { name: rule.unit.name, kind: rule.unit.kind, contact: rule.unit.contact } }),
    also_street: rule.also_street,
  };
}

export interface RuleDraft {
  about: string; // '' all leads, 'domain:…' or 'category:…'
  everywhere: boolean;
  grid: string;
  target: RoutingRule['target'];
  name: string;
  kind: NonNullable<RoutingRule['unit']>['kind'];
  contact: string;
  also_street: boolean;
}
export function ruleFaults(draft: RuleDraft): { grid?: true; name?: true } {
  return {
    ...(!draft.everywhere && draft.grid === '' && { grid: true as const }),
    ...(draft.target === 'unit' && draft.name.trim() === '' && { name: true as const }),
  };
}
export function ruleBody(draft: RuleDraft): RuleInput {
  const [what, code] = draft.about.split(':');
  return {
    grid_id: draft.everywhere ? null : draft.grid,
    ...(what === 'category' && { category: code }),
    ...(what === 'domain' && { domain: code }),
    target: draft.target,
    ...(draft.target === 'unit' && { unit: { name: draft.name.trim(), kind: draft.kind, contact: draft.contact.trim() || null } }),
    also_street: draft.also_street,
  };
}
