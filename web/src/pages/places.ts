// The pages of the console and who may open them; the head and the settings list them from here.
import { BookOpenText, Cable, CalendarClock, ClipboardList, FileClock, FileDown, Inbox, KeyRound, MessagesSquare, Network, Rocket, Send, Settings2, ShieldCheck, Sparkles, Split, Users } from '@lucide/vue';
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
  { name: 'channels', right: 'channels.read', everywhere: true, icon: Cable },
  { name: 'keys', right: 'keys.change', everywhere: true, icon: KeyRound },
  { name: 'residents', right: 'groups.change', icon: ShieldCheck },
  { name: 'modelServer', right: 'assist.change', everywhere: true, icon: Sparkles },
  { name: 'audit', right: 'audit.read', everywhere: true, icon: FileClock },
];
const DAILY: readonly Place[] = [
  { name: 'desk', right: 'leads.read', icon: Inbox },
  { name: 'cases', right: 'cases.read', icon: ClipboardList },
  { name: 'relay', right: 'replies.send', icon: Send },
  { name: 'groups', right: 'groups.read', icon: MessagesSquare },
  { name: 'duty', right: 'roster.read', icon: CalendarClock },
  { name: 'knowledge', right: 'knowledge.read', icon: BookOpenText },
];
const assistant: Place = { name: 'start', right: 'channels.change', everywhere: true, icon: Rocket };
// Reached from the groups and from what waits to be carried.
const bringing: Place = { name: 'import', right: 'messages.import', icon: FileDown };
const frame: Place = { name: 'settings', right: 'people.read', icon: Settings2 };

export const mayOpen = (place: Place) => (place.everywhere ? everywhere(place.right) : may(place.right));
// What stands in the settings beside their pages.
export const openBeside = () => [...DAILY.filter((place) => place.name === 'duty'), assistant].filter(mayOpen);
export const openSettings = () => SETTINGS.filter(mayOpen);
// Looking at the tree and where things go is no reason for an entry in the head.
const keepsSomething = () => openSettings().some((place) => place.right !== 'grids.read') || may('grids.change');
export const openPlaces = () => [...DAILY.filter(mayOpen), ...(keepsSomething() ? [frame] : [])];

export function refusedRight(name: unknown): Pick<Place, 'right' | 'everywhere'> | undefined {
  const place = [...DAILY, ...SETTINGS, assistant, bringing].find((each) => each.name === name);
  if (place) return mayOpen(place) ? undefined : place;
  return name === 'settings' && !keepsSomething() ? { right: 'people.read' } : undefined;
}
// Where somebody begins.
export const home = () => openPlaces().find((place) => place !== frame)?.name ?? openSettings()[0]?.name;
