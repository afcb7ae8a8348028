// What the palette (Ctrl+K) offers: each part of the screen adds its entries while it stands.
import { onScopeDispose, shallowReactive } from 'vue';

export interface Entry {
  id: string;
  kind: 'lead' | 'page' | 'action';
  name: string;
  more?: string; // found by it, too
  key?: string; // the key that does the same
  run: () => void;
}

const givers = shallowReactive<(() => Entry[])[]>([]);
export const entries = (): Entry[] => givers.flatMap((give) => give());

export function usePalette(give: () => Entry[]): void {
  givers.push(give);
  onScopeDispose(() => givers.splice(givers.indexOf(give), 1));
}

const MOST = 30;

// Entries that have every written word; names that begin with the first come first, then names, then the rest. Without
// a word: what can be done here and where one can go.
export function find(all: readonly Entry[], written: string): Entry[] {
  const words = written.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return [...all.filter((each) => each.kind === 'action'), ...all.filter((each) => each.kind === 'page')].slice(0, MOST);
  const rank = (each: Entry): number => {
    const name = each.name.toLowerCase();
    const whole = `${name} ${(each.more ?? '').toLowerCase()}`;
    if (!words.every((word) => whole.includes(word))) return -1;
    if (name.startsWith(words[0]!)) return 0;
    return words.every((word) => name.includes(word)) ? 1 : 2;
  };
  return all
    .map((entry) => ({ entry, rank: rank(entry) }))
    .filter((each) => each.rank >= 0)
    .toSorted((a, b) => a.rank - b.rank)
    .map((each) => each.entry)
    .slice(0, MOST);
}
