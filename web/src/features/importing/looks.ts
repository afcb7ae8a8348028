// How a preview reads, and what a choice says. Pure.
import type { ExportSurvey, ImportChoice } from '@/api/types';

export interface Said {
  format: string;
  encoding: string;
  columns: Record<string, string>;
  me: string;
}
export const FORMATS = ['mail', 'name_time', 'time_name', 'bracket', 'dialogue', 'table', 'json', 'html'] as const;
export const ENCODINGS = ['utf-8', 'gb18030', 'utf-16le', 'utf-16be'] as const;
export const COLUMNS = ['time', 'name', 'text', 'type'] as const;

// What the person left as it was found is not said: it is found again.
export function choiceOf(said: Said): ImportChoice {
  const choice: ImportChoice = {};
  if (said.format) choice.format = said.format as ImportChoice['format'];
  if (said.encoding) choice.encoding = said.encoding as ImportChoice['encoding'];
  const columns = Object.fromEntries(Object.entries(said.columns).filter(([, heading]) => heading));
  if (Object.keys(columns).length > 0) choice.columns = columns;
  if (said.me.trim()) choice.me = said.me.trim();
  return choice;
}

type Words = (key: string, args?: Record<string, unknown>) => string;

// "40 秒", "3 分钟": rounded up, so that it is never too little.
export function timeLeft(seconds: number, t: Words): string {
  return seconds < 90 ? t('importing.seconds', { n: Math.max(1, Math.ceil(seconds / 5) * 5) }) : t('importing.minutes', { n: Math.ceil(seconds / 60) });
}

export const figures = (s: ExportSurvey, t: Words): string[] =>
  [
    t('importing.messages', { n: s.messages }),
    t('importing.fresh', { n: s.new }),
    s.known > 0 ? t('importing.known', { n: s.known }) : '',
    t('importing.people', { n: s.people_total }),
    s.system_lines > 0 ? t('importing.systemLines', { n: s.system_lines }) : '',
  ].filter(Boolean);

// The instant some minutes before now, as the program reads it.
export const minutesAgo = (minutes: number, now: number) => new Date(now - minutes * 60_000).toISOString();
