// The pages of the console and who may open them; the head and the settings list them from here.
import { BellRing, BookOpenText, Bot, BotMessageSquare, Cable, CalendarClock, ClipboardList, FileClock, FileDown, Inbox, KeyRound, MailCheck, MessageSquareQuote, MessagesSquare, Network, Rocket, Send, Settings2, ShieldCheck, Sparkles, Split, Timer, Users, Webhook, Wrench } from '@lucide/vue';
import type { Component } from 'vue';
import { may } from '@/api/client';
import { everywhere, type Right } from '@/api/roles';

export interface Place {
  name: string;
  right: Right;
  everywhere?: true; // what belongs to no grid takes its right everywhere
  icon: Component;
}

export const SETTINGS: readonly Place[] = [
  { name: 'people', right: 'people.read', icon: Users },
  { name: 'grids', right: 'grids.read', icon: Network },
  { name: 'routing', right: 'grids.read', icon: Split },
  { name: 'units', right: 'routing.change', icon: Wrench },
  { name: 'channels', right: 'channels.read', everywhere: true, icon: Cable },
  { name: 'canned', right: 'replies.send', icon: MessageSquareQuote },
  { name: 'ways', right: 'channels.change', everywhere: true, icon: BellRing },
  { name: 'webhooks', right: 'channels.read', everywhere: true, icon: Webhook },
  { name: 'keys', right: 'keys.change', everywhere: true, icon: KeyRound },
  { name: 'residents', right: 'groups.change', icon: ShieldCheck },
  { name: 'companion', right: 'assist.change', everywhere: true, icon: BotMessageSquare },
  { name: 'modelServer', right: 'assist.change', everywhere: true, icon: Sparkles },
  { name: 'audit', right: 'audit.read', everywhere: true, icon: FileClock },
];
const DAILY: readonly Place[] = [
  { name: 'desk', right: 'leads.read', icon: Inbox },
  { name: 'cases', right: 'cases.read', icon: ClipboardList },
  { name: 'relay', right: 'replies.send', icon: Send },
  { name: 'machineAnswers', right: 'replies.send', icon: Bot },
  { name: 'groups', right: 'groups.read', icon: MessagesSquare },
  { name: 'duty', right: 'roster.read', icon: CalendarClock },
  { name: 'knowledge', right: 'knowledge.read', icon: BookOpenText },
];
// For who leads: not for the head.
const LOOKS_BACK: readonly Place[] = [
  { name: 'promise', right: 'history.read', icon: Timer },
  { name: 'deliveries', right: 'people.read', icon: MailCheck },
];
const assistant: Place = { name: 'start', right: 'channels.change', everywhere: true, icon: Rocket };
// Reached from the groups and from what waits to be carried.
const bringing: Place = { name: 'import', right: 'messages.import', icon: FileDown };
const frame: Place = { name: 'settings', right: 'people.read', icon: Settings2 };

export const mayOpen = (place: Place) => (place.everywhere ? everywhere(place.right) : may(place.right));
// What stands in the settings beside their pages.
export const openBeside = () => [...DAILY.filter((place) => place.name === 'duty'), ...LOOKS_BACK, assistant].filter(mayOpen);
export const openSettings = () => SETTINGS.filter(mayOpen);
// Looking at the tree and where things go is no reason for an entry in the head.
const keepsSomething = () => openSettings().some((place) => place.right !== 'grids.read' && place.right !== 'replies.send') || may('grids.change');
export const openPlaces = () => [...DAILY.filter(mayOpen), ...(keepsSomething() ? [frame] : [])];

export function refusedRight(name: unknown): Pick<Place, 'right' | 'everywhere'> | undefined {
  const place = [...DAILY, ...SETTINGS, ...LOOKS_BACK, assistant, bringing].find((each) => each.name === name);
  if (place) return mayOpen(place) ? undefined : place;
  return name === 'settings' && !keepsSomething() ? { right: 'people.read' } : undefined;
}
// Where somebody begins.
export const home = () => openPlaces().find((place) => place !== frame)?.name ?? openSettings()[0]?.name;
