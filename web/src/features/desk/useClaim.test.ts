// Presence: said when a lead is opened and while it stays open, not where somebody else is, and taken back when one leaves.
import { mount } from '@vue/test-utils';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defineComponent, ref, shallowRef } from 'vue';
import { session } from '@/api/client';
import type { Claim, Lead, Session } from '@/api/types';
import { useClaim } from './useClaim';

const lead = (id: string, over: object = {}) => ({ id, state: 'open', claim: null, ...over }) as unknown as Lead;
const claimBy = (id: string, lasts = 90_000): Claim =>
  ({ by: { id, display_name: id }, doing: 'viewing', since: new Date().toISOString(), until: new Date(Date.now() + lasts).toISOString() });

const pages: { unmount(): void }[] = [];
let said: string[];
let answer: () => Response;
beforeEach(() => {
  vi.useFakeTimers();
  session.value = { user: { id: 'me', display_name: '我' }, rights: [], roles: [], csrf_token: 't' } as unknown as Session;
  said = [];
  answer = () => Response.json(claimBy('me'));
  vi.stubGlobal('fetch', async (request: Request | string, init?: RequestInit) => {
    const it = typeof request === 'string' ? { method: init!.method!, url: request, body: '' } : { method: request.method, url: new URL(request.url).pathname, body: await request.text() };
    said.push(`${it.method} ${it.url.split('/').at(-2)} ${it.body && JSON.stringify(JSON.parse(it.body))}`.trim());
    return it.method === 'DELETE' ? new Response(null, { status: 204 }) : answer();
  });
});
afterEach(() => {
  for (const page of pages.splice(0)) page.unmount();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function desk(first: Lead | undefined) {
  const open = shallowRef(first);
  const writing = ref(false);
  const told = { claimed: vi.fn<(id: string, claim: Claim | null) => void>(), caughtUp: vi.fn<(id: string) => Promise<void>>(async () => {}) };
  let claim!: ReturnType<typeof useClaim>;
  const page = mount(defineComponent({ setup: () => ((claim = useClaim(open, writing, ref(true), told)), () => null) }));
  pages.push(page);
  return { open, writing, told, claim, page };
}
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test('opened: viewing; writing; again after half a minute; left with the page', async () => {
  const it = desk(lead('lead_1'));
  await wait(500);
  expect(said).toEqual(['PUT lead_1 {"doing":"viewing"}']);
  it.writing.value = true;
  await wait(1);
  expect(said.at(-1)).toBe('PUT lead_1 {"doing":"writing"}');
  await wait(30_000);
  expect(said).toHaveLength(3);
  it.page.unmount();
  expect(said.at(-1)).toBe('DELETE lead_1');
  await wait(60_000);
  expect(said).toHaveLength(4);
});
test('on to the next: the first is left; passing over one claims nothing', async () => {
  const it = desk(lead('lead_1'));
  await wait(500);
  it.open.value = lead('lead_2');
  await wait(100);
  it.open.value = lead('lead_3');
  await wait(500);
  expect(said).toEqual(['PUT lead_1 {"doing":"viewing"}', 'DELETE lead_1', 'PUT lead_3 {"doing":"viewing"}']);
});
test('somebody else is at it: silence, until they lapse', async () => {
  const it = desk(lead('lead_1', { claim: claimBy('zhou', 10_000) }));
  await wait(5_000);
  expect(said).toEqual([]);
  expect(it.claim.others.value?.by.id).toBe('zhou');
  await wait(7_000);
  expect(it.claim.others.value).toBeUndefined();
  expect(said).toEqual(['PUT lead_1 {"doing":"viewing"}']);
});
test('taken over by a button', async () => {
  const it = desk(lead('lead_1', { claim: claimBy('zhou') }));
  await it.claim.takeOver();
  expect(said).toEqual(['PUT lead_1 {"doing":"viewing","take_over":true}']);
  expect(it.told.claimed).toHaveBeenCalledWith('lead_1', expect.objectContaining({ by: { id: 'me', display_name: 'me' } }));
});
test("another was quicker: the program is asked who it is; what was never ours is not left", async () => {
  answer = () => Response.json({ code: 'claimed', title: '', remedy: '', args: { who: '小周' } }, { status: 409 });
  const it = desk(lead('lead_1'));
  await wait(500);
  expect(it.told.caughtUp).toHaveBeenCalledWith('lead_1');
  it.page.unmount();
  expect(said).toEqual(['PUT lead_1 {"doing":"viewing"}']);
});
test('what is decided is not claimed', async () => {
  desk(lead('lead_1', { state: 'dismissed' }));
  await wait(40_000);
  expect(said).toEqual([]);
});
