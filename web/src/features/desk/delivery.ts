// Where words to a group stand, as a person says it.
import type { Outgoing } from '@/api/types';

export interface Stands {
  tone: 'waits' | 'sends' | 'done' | 'hand' | 'wrong' | 'unsure' | 'gone';
  word: 'held' | 'queued' | 'again' | 'sending' | 'sent' | 'heard' | 'to_relay' | 'relayed' | 'failed' | 'unknown' | 'withdrawn';
}

export function stands({ state, heard_at, tries }: Pick<Outgoing, 'state' | 'heard_at' | 'tries'>): Stands {
  if (heard_at !== null && (state === 'sent' || state === 'relayed')) return { tone: 'done', word: 'heard' };
  switch (state) {
    case 'held': return { tone: 'waits', word: 'held' };
    case 'queued': return { tone: 'waits', word: tries > 0 ? 'again' : 'queued' };
    case 'sending': return { tone: 'sends', word: 'sending' };
    case 'sent': return { tone: 'done', word: 'sent' };
    case 'relayed': return { tone: 'done', word: 'relayed' };
    case 'to_relay': return { tone: 'hand', word: 'to_relay' };
    case 'failed': return { tone: 'wrong', word: 'failed' };
    case 'unknown': return { tone: 'unsure', word: 'unknown' };
    case 'withdrawn': return { tone: 'gone', word: 'withdrawn' };
  }
}
