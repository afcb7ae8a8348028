// Short messages at the foot of the screen. What can be undone offers it for 8 seconds.
import { reactive } from 'vue';
import { words } from '@/api/problem';

export interface Toast {
  id: number;
  tone: 'done' | 'warn' | 'danger';
  title: string;
  detail?: string;
  action?: { label: string; key?: 'z'; run: () => void };
  ms: number;
  fixed?: true; // its time runs on under the pointer
}

export const UNDO_MS = 8000;
const SHOWN = 3;

export const toasts = reactive<Toast[]>([]);
let next = 1;
const timers = new Map<number, ReturnType<typeof setTimeout>>();

export function toast(what: Omit<Toast, 'id' | 'ms'> & { ms?: number }): number {
  const id = next++;
  toasts.push({ ms: UNDO_MS, ...what, id });
  if (toasts.length > SHOWN) dropToast(toasts[0]!.id);
  resumeToast(id);
  return id;
}

// What the program refused, in its words.
export function refuse(cause: unknown, t: Parameters<typeof words>[1]): void {
  const { title, remedy } = words(cause, t);
  toast({ tone: 'danger', title, detail: remedy });
}

export function dropToast(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  const at = toasts.findIndex((each) => each.id === id);
  if (at >= 0) toasts.splice(at, 1);
}

// Under the pointer or the focus a message waits; afterwards its time starts anew.
export function holdToast(id: number): void {
  if (!toasts.find((each) => each.id === id)?.fixed) clearTimeout(timers.get(id));
}
export function resumeToast(id: number): void {
  const shown = toasts.find((each) => each.id === id);
  if (!shown || (shown.fixed && timers.has(id))) return;
  timers.set(id, setTimeout(() => dropToast(id), shown.ms));
}
