// Who is at this desk: sign-in by name and password or by a one-time link, sign-out, own password.
import { ref } from 'vue';
import { api, csrf, get, session } from '@/api/client';
import { stopLive } from '@/api/live';
import { Refusal } from '@/api/problem';
import type { SecondFactorAsked, Session } from '@/api/types';

// The program could not be asked who this is.
export const sessionTrouble = ref<unknown>();

export async function loadSession(): Promise<void> {
  try {
    session.value = await get(api.GET('/api/v1/session'));
    sessionTrouble.value = undefined;
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) session.value = null;
    else sessionTrouble.value = error;
  }
}

// The token of the second step, where the user has a second factor; else the session is there.
type NextStep = string | undefined;

function signedIn(answer: Session | SecondFactorAsked): NextStep {
  if ('pending_token' in answer) return answer.pending_token;
  session.value = answer;
  return undefined;
}

export async function signIn(name: string, password: string): Promise<NextStep> {
  return signedIn(await get(api.POST('/api/v1/session', { body: { name, password } })));
}

export async function signInByLink(token: string): Promise<NextStep> {
  return signedIn(await get(api.POST('/api/v1/session/link', { body: { token } })));
}

// The single sign-on of the district, where there is one.
export async function signOnWay(): Promise<{ label: string; path: string } | null> {
  return (await get(api.GET('/api/v1/session/ways'))).sign_on ?? null;
}

export async function giveSecondFactor(pendingToken: string, code: string): Promise<void> {
  session.value = await get(api.POST('/api/v1/session/second-factor', { body: { pending_token: pendingToken, code } }));
}

export async function signOut(): Promise<void> {
  await get(api.DELETE('/api/v1/session', { params: { header: csrf } })).catch((error) => {
    if (!(error instanceof Refusal && error.status === 401)) throw error;
  });
  stopLive();
  session.value = null;
}

export async function setPassword(password: string, old?: string): Promise<void> {
  const body = old === undefined ? { password } : { password, old_password: old };
  await get(api.PUT('/api/v1/session/password', { params: { header: csrf }, body }));
  if (session.value) session.value = { ...session.value, by_link: false };
}
