// The tree as the rows that are seen: grids whose parents are open, in order. Pure.
import type { GridLevel, GridSummary } from '@/api/types';

export const LEVELS: readonly GridLevel[] = ['city', 'district', 'street', 'community', 'grid', 'micro_grid', 'special'];

// As the program has it: levels may be left out, not turned round.
export function mayStandBelow(level: GridLevel, parent: GridLevel | undefined): boolean {
  if (parent === undefined) return true;
  if (level === 'special') return ['street', 'community', 'grid'].includes(parent);
  return parent !== 'special' && LEVELS.indexOf(parent) < LEVELS.indexOf(level);
}

export type Below = { state: 'loading' | 'failed' } | { state: 'there'; grids: readonly GridSummary[] };

export type Row =
  | { kind: 'grid'; id: string; depth: number; grid: GridSummary; open: boolean; at: number; of: number }
  | { kind: 'loading' | 'failed'; id: string; depth: number }
  | { kind: 'more'; id: string; depth: number; n: number };

// `below('')`: the roots. `open`: grids whose children are shown.
export function rowsOf(below: (parent: string) => Below | undefined, open: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const add = (parent: string, depth: number, total: number) => {
    const here = below(parent);
    if (!here || here.state !== 'there') {
      rows.push({ kind: here?.state ?? 'loading', id: parent, depth });
      return;
    }
    const of = Math.max(total, here.grids.length);
    here.grids.forEach((grid, n) => {
      const isOpen = grid.children > 0 && open.has(grid.id);
      rows.push({ kind: 'grid', id: grid.id, depth, grid, open: isOpen, at: n + 1, of });
      if (isOpen) add(grid.id, depth + 1, grid.children);
    });
    if (of > here.grids.length) rows.push({ kind: 'more', id: parent, depth, n: of - here.grids.length });
  };
  add('', 0, 0);
  return rows;
}

export type Step = { focus: string } | { open: string } | { close: string } | undefined;

// What a key does in the tree, after the ARIA pattern for trees. `id`: the row that has the focus.
export function step(rows: readonly Row[], id: string, key: string): Step {
  const grids = rows.filter((row) => row.kind === 'grid');
  const at = grids.findIndex((row) => row.id === id);
  const row = grids[at];
  const to = (target: Row | undefined): Step => (target ? { focus: target.id } : undefined);
  if (key === 'Home') return to(grids[0]);
  if (key === 'End') return to(grids.at(-1));
  if (!row) return undefined;
  if (key === 'ArrowDown') return to(grids[at + 1]);
  if (key === 'ArrowUp') return to(grids[at - 1]);
  if (key === 'ArrowRight') {
    if (row.grid.children === 0) return undefined;
    if (!row.open) return { open: id };
    const next = grids[at + 1];
    return next && next.depth > row.depth ? to(next) : undefined;
  }
  if (key === 'ArrowLeft') {
    if (row.open) return { close: id };
    return to(grids.slice(0, at).findLast((each) => each.depth < row.depth));
  }
  return undefined;
}
