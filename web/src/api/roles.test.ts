import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { mayGive, RIGHTS_OF, ROLES, rolesWith } from './roles';

test('the table is that of docs/operations/roles.md', () => {
  const lines = readFileSync('../docs/operations/roles.md', 'utf8').split('\n').filter((line) => line.startsWith('| '));
  const cells = (line: string) => line.split('|').slice(1, -1).map((cell) => cell.trim());
  const roles = cells(lines[0]!).slice(1);
  const told = lines.filter((line) => /^\| `[a-z.]+` /.test(line)).map(cells);
  expect(roles.toSorted()).toEqual(ROLES.toSorted());
  expect(told.length).toBeGreaterThan(20);
  for (const [right, ...marks] of told) {
    const named = roles.filter((_, n) => marks[n] === '●').toSorted();
    expect(`${right} ${rolesWith(right!.replaceAll('`', '') as never).toSorted().join(' ')}`).toBe(`${right} ${named.join(' ')}`);
  }
  expect(new Set(Object.values(RIGHTS_OF).flat()).size).toBe(told.length);
});

test.each([
  [['administrator'], ROLES.length],
  [['agent'], 0], // may not give at all
  [['secretary', 'agent'], 9], // not administrator, support, auditor, integrator
  [[], 0],
] as const)('%s may give %i roles', (held, n) => {
  expect(mayGive(held.map((role) => ({ role }))).length).toBe(n);
});
test('nobody gives more than they have', () => {
  const given = mayGive([{ role: 'manager' }]);
  expect(given).toContain('volunteer');
  expect(given).not.toContain('agent'); // decides, which a manager does not
  expect(given).not.toContain('administrator');
});
