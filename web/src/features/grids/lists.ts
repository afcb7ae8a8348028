// Aliases and places as people write them, one a line or in a row. Pure.
export const LIST_MOST = 5000;
export const NAME_MOST = 64;

// The program takes the same separators in a table's cell.
export function listOf(text: string): string[] {
  return [...new Set(text.split(/[、;；\n]/).map((each) => each.trim()).filter(Boolean))];
}

export const tooLong = (names: readonly string[], most = NAME_MOST) => names.find((each) => Array.from(each).length > most);

// What was added and taken away: done again, or undone, on the list as it stands by then.
export interface ListChange {
  add: readonly string[];
  remove: readonly string[];
}
export function changed(list: readonly string[], { add, remove }: ListChange): string[] {
  const away = new Set(remove);
  return [...new Set([...list.filter((each) => !away.has(each)), ...add])];
}
export const undoing = ({ add, remove }: ListChange): ListChange => ({ add: remove, remove: add });
