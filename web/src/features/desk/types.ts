import type { Lead, LeadMessage, Reason } from '@/api/types';

export type TalkMessage = LeadMessage;
export type LeadGroupOf = Lead['groups'][number];
// A reason under the hand: its message is marked in the talk.
export type Pointed = Pick<Reason, 'message' | 'begin' | 'end'> | null;
