// Ready-made words with {variables}. A place that is not known goes; anything else that a lead does not
// tell stays as 〔…〕 for the person to fill in.
import type { Canned, Lead } from '@/api/types';
import { clock } from '@/ui/time';

export const NAMES = ['称呼', '地点', '事情', '时间', '我'] as const;
export type Variables = Partial<Record<(typeof NAMES)[number], string>>;

// 「3-2-1502李姐」 is spoken to as 李姐.
export function addressOf(senderName: string): string {
  return senderName.replace(/^[\d\s\-_#()（）栋幢单元号楼室~～.·]+/u, '').trim() || senderName.trim();
}

// The message that asked: the lead's first report, else its first words.
export function askerOf(lead: Pick<Lead, 'messages'>) {
  const said = lead.messages.filter((each) => each.in_lead && !each.recalled);
  return said.find((each) => each.act === 'report') ?? said[0];
}

export function variablesOf(lead: Lead, matter: string, me: string, now: number): Variables {
  const asker = askerOf(lead);
  return {
    // A masked name is no way to speak to somebody.
    称呼: asker && lead.names_shown ? addressOf(asker.sender_name) : undefined,
    地点: lead.place ?? '',
    事情: matter,
    时间: clock(new Date(now)),
    我: me,
  };
}

export function fill(text: string, values: Variables): string {
  return text.replace(/\{([^{}]+)\}/gu, (whole, name: string) => {
    const known = NAMES.find((each) => each === name.trim());
    return known ? values[known] ?? `〔${known}〕` : whole;
  });
}

// Words for this matter, those made for it first; those of other matters stay away.
export function forMatter(all: readonly Canned[], category: string): Canned[] {
  const fits = all.filter((each) => !each.category || each.category === category);
  return [...fits.filter((each) => each.category), ...fits.filter((each) => !each.category)];
}

// What is still to be filled in: such words do not go out.
export const gaps = (text: string): string[] => [...new Set([...text.matchAll(/〔([^〔〕]+)〕/gu)].map((each) => each[1]!))];
