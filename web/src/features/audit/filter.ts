// What is sought in the audit log; it stands in the address, so that a view can be kept.
export interface AuditFilter {
  who?: string;
  what?: string;
  object_kind?: string;
  object?: string;
  first?: string; // days
  last?: string;
}
const KEYS = ['who', 'what', 'object_kind', 'object', 'first', 'last'] as const;

export function filterOf(query: Record<string, unknown>): AuditFilter {
  const found: AuditFilter = {};
  for (const key of KEYS) {
    const value = query[key];
    if (typeof value === 'string' && value !== '') found[key] = value;
  }
  return found;
}
const start = (day: string, later = 0) => {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return at.toISOString();
};
// As it is asked: days become instants, the last one counts whole.
export function askOf({ first, last, ...rest }: AuditFilter) {
  return { ...rest, ...(first && { from: start(first) }), ...(last && { to: start(last, 1) }) };
}
export function exportUrl(filter: AuditFilter, format: 'csv' | 'ndjson'): string {
  return `/api/v1/audit/export?${new URLSearchParams({ format, ...askOf(filter) })}`;
}

// Kinds of entries as they are offered; each finds everything that begins with it.
export const KINDS = [
  'sign_in', 'sign_on', 'sign_out', 'session', 'second_factor', 'password', 'user', 'role', 'lead', 'data', 'export', 'group', 'member_rule', 'grid', 'roster', 'swap', 'absence',
  'calendar', 'routing_rule', 'correction', 'channel', 'webhook', 'api_key', 'setting', 'resident',
] as const;

// Where what an entry is about can be looked at.
export function pageOf(object: { kind: string; id: string } | null): { name: string; params?: Record<string, string> } | undefined {
  switch (object?.kind) {
    case 'lead': return { name: 'desk', params: { lead: object.id } };
    case 'user': return { name: 'people', params: { person: object.id } };
    case 'grid': return { name: 'grids', params: { grid: object.id } };
    case 'group': return { name: 'groups' };
    case 'channel': return { name: 'channels' };
    case 'webhook': return { name: 'webhooks' };
    case 'routing_rule': case 'correction': return { name: 'routing' };
    case 'api_key': return { name: 'keys' };
    case 'setting': case 'member_rule': return { name: 'residents' };
    case 'swap': return { name: 'duty' };
    default: return undefined;
  }
}

// Details as short lines: name and value.
export const lines = (detail: Record<string, unknown> | null): [string, string][] =>
  Object.entries(detail ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
