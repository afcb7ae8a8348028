// The card's talk: messages by group, with what was fetched around them, and the times that stand between bubbles.
import type { LeadGroupOf, TalkMessage } from './types';

export interface Talk {
  group: LeadGroupOf;
  messages: TalkMessage[];
}

// A time stands before the first message and wherever the talk paused, as people know it from WeChat.
const PAUSE_MS = 5 * 60_000;

export function byTime(a: TalkMessage, b: TalkMessage): number {
  return Date.parse(a.sent_at) - Date.parse(b.sent_at) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

// fetched: more of the talk, from /context; the card's own copy of a message wins.
export function talks(
  groups: readonly LeadGroupOf[],
  card: readonly TalkMessage[],
  fetched: readonly TalkMessage[],
): Talk[] {
  const all = new Map([...fetched, ...card].map((each) => [each.id, each]));
  const known = new Map(groups.map((group) => [group.id, group]));
  const parts = new Map<string, TalkMessage[]>();
  for (const message of [...all.values()].toSorted(byTime)) {
    const part = parts.get(message.group);
    if (part) part.push(message);
    else parts.set(message.group, [message]);
  }
  // The group in which the matter was first told comes first.
  return [...parts].map(([id, messages]) => ({ group: known.get(id) ?? { id, name: id, grid: '' }, messages }));
}

export function pauseBefore(messages: readonly TalkMessage[], at: number): boolean {
  const before = messages[at - 1];
  return !before || Date.parse(messages[at]!.sent_at) - Date.parse(before.sent_at) > PAUSE_MS;
}
