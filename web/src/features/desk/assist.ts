// What helps to write an answer: a draft from knowledge, and the district's ready-made words. Where there is none, or it cannot
// be had, the box is simply empty.
import { useQuery } from '@tanstack/vue-query';
import { computed, type Ref } from 'vue';
import { api, get } from '@/api/client';
import type { Canned } from './canned';

export interface Source {
  id: string;
  title: string;
  link?: string | null;
}
export interface Proposed {
  text: string;
  sources: Source[];
  machine: boolean; // a model wrote it
  private: boolean;
  quotes: string | null;
}

// These routes are read with care, member by member.
const ask = api.GET as unknown as (path: string, init?: object) => Parameters<typeof get>[0];
const text = (value: unknown) => (typeof value === 'string' ? value : '');

export function readProposed(answer: unknown): Proposed | null {
  const it = (answer ?? {}) as Record<string, unknown>;
  if (!text(it.text).trim()) return null;
  const sources = (Array.isArray(it.sources) ? it.sources : []).filter((each) => text(each?.id));
  return {
    text: text(it.text),
    sources: sources.map((each) => ({ id: each.id, title: text(each.title) || each.id, link: text(each.link) || text(each.url) || null })),
    machine: it.machine === true || it.kind === 'model' || it.kind === 'llm' || it.kind === 'machine',
    private: it.private === true,
    quotes: text(it.quotes) || null,
  };
}
export function readCanned(answer: unknown): Canned[] {
  const all = (answer as { replies?: unknown } | undefined)?.replies;
  return (Array.isArray(all) ? all : []).filter((each) => text(each?.title) && text(each?.text)).map(({ title, text: words }) => ({ title, text: words }));
}

export const draftQuery = (lead: string) => ({
  queryKey: ['lead', lead, 'draft'],
  queryFn: async () => readProposed(await get(ask('/api/v1/leads/{lead}/draft', { params: { path: { lead } } })).catch(() => null)),
  staleTime: 60_000,
  retry: false,
});
export function useProposed(lead: Ref<string>, enabled: Ref<boolean>) {
  return useQuery(computed(() => ({ ...draftQuery(lead.value), enabled: enabled.value }))).data;
}
export function useCanned() {
  return useQuery({
    queryKey: ['canned-replies'],
    queryFn: async () => readCanned(await get(ask('/api/v1/canned-replies')).catch(() => null)),
    staleTime: 300_000,
    retry: false,
  }).data;
}
