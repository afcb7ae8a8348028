// Keys that do things. Letters are read only when nobody is writing: never in a field, never while an input method
// composes (pinyin), never with Ctrl, Alt or Meta. 'Ctrl+k' is read everywhere (on a Mac with ⌘); 'Shift+j' goes before 'j'. They can be switched off (WCAG 2.1.4); Escape always works.
import { onScopeDispose } from 'vue';
import { display } from './display';

export interface KeyLike {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey?: boolean;
  isComposing: boolean;
  keyCode: number;
  target: unknown;
}

// g and one of these goes to a page.
export const GO: Readonly<Record<string, string>> = { l: 'desk', e: 'cases', r: 'relay', g: 'groups', d: 'duty', k: 'knowledge', s: 'settings', p: 'people', w: 'grids', c: 'channels' };

// 'g l' means g, then l within this time.
const SEQUENCE_MS = 1200;

// Reads keys into commands. `commands` are the spellings that mean something: 'c', '?', 'ArrowDown', 'g l'.
export class KeyReader {
  private first = '';
  private firstAt = 0;

  // The command that this key completes, or undefined.
  read(event: KeyLike, commands: ReadonlySet<string>, now: number): string | undefined {
    // 229: the key went to the input method (older Chromium says so only here).
    if (event.isComposing || event.keyCode === 229) return undefined;
    if (event.altKey) return undefined;
    if (event.ctrlKey || event.metaKey) {
      const command = `Ctrl+${event.key.toLowerCase()}`;
      return commands.has(command) ? command : undefined;
    }
    if (isWriting(event.target)) return undefined;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const sequence = this.first && now - this.firstAt <= SEQUENCE_MS ? `${this.first} ${key}` : '';
    this.first = '';
    if (sequence && commands.has(sequence)) return sequence;
    if (event.shiftKey && commands.has(`Shift+${key}`)) return `Shift+${key}`;
    if ([...commands].some((command) => command.startsWith(`${key} `))) {
      this.first = key;
      this.firstAt = now;
      return undefined;
    }
    // Enter and Space belong to the button or link that has the focus.
    if ((key === 'Enter' || key === ' ') && isOperated(event.target)) return undefined;
    // Arrows to what scrolls or slides.
    if (key.startsWith('Arrow') && takesArrows(event.target)) return undefined;
    return commands.has(key) ? key : undefined;
  }
}

function isWriting(target: unknown): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement) return !['button', 'checkbox', 'radio', 'range', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function isOperated(target: unknown): boolean {
  return target instanceof HTMLElement && target.closest('button, a[href], summary, [role=button]') !== null;
}

function takesArrows(target: unknown): boolean {
  return target instanceof HTMLElement && target.closest('input, [role=region], [role=slider]') !== null;
}

type Keys = Record<string, () => void>;
const layers: Keys[] = [];
const reader = new KeyReader();

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || !display.shortcuts) return;
  // A dialog takes the keyboard for itself.
  if ([...document.querySelectorAll('dialog[open], [role=dialog][aria-modal=true]')].some((each) => each.getClientRects().length)) return;
  const all = new Set(layers.flatMap((layer) => Object.keys(layer)));
  const command = reader.read(event, all, event.timeStamp);
  const layer = command && layers.findLast((each) => command in each);
  if (!layer) return;
  event.preventDefault();
  layer[command]!();
}

// Binds keys while the caller's scope lives; later ones stand before earlier ones.
export function useKeys(keys: Keys): void {
  if (layers.length === 0) addEventListener('keydown', onKey);
  layers.push(keys);
  onScopeDispose(() => {
    layers.splice(layers.indexOf(keys), 1);
    if (layers.length === 0) removeEventListener('keydown', onKey);
  });
}
