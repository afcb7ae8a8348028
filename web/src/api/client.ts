// The one door to the program. Every call gives its data or throws a Refusal (problem.ts).
import createClient from 'openapi-fetch';
import { ref } from 'vue';
import { Refusal, refusalOf } from './problem';
import type { Right } from './roles';
import type { paths } from './schema';
import type { Session } from './types';

// Who is signed in; null: nobody; undefined: not asked yet.
export const session = ref<Session | null>();

// Whether the person may do this somewhere: rights as docs/operations/roles.md names them. The program decides; the console
// only does not offer what would be refused.
export const may = (right: Right) => session.value?.rights.includes(right) ?? false;

let spoken = 'zh';
export function speak(to: string): void {
  spoken = to;
}
// For upload.ts, which has a call of its own.
export const language = () => spoken;
export const csrfToken = () => session.value?.csrf_token ?? '';
export function endSession(): void {
  if (session.value) session.value = null;
}

const client = createClient<paths>({
  baseUrl: globalThis.location?.origin,
  // Looked up at each call: tests put their own in its place.
  fetch: (request) => globalThis.fetch(request),
});

client.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', spoken);
    const token = csrfToken();
    if (token && request.method !== 'GET') request.headers.set('x-csrf-token', token);
    return request;
  },
});

export const api = client;

// The header is set above; the contract wants it named at each call.
export const csrf = { 'x-csrf-token': '' };

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

// The data of an answer. Where the program says that nobody is signed in, the session ends here, wherever the answer comes
// from; a wrong password or code asked for once more is a 401 too, and no such end.
export async function get<T>(answer: globalThis.Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await answer;
  } catch (cause) {
    throw new Refusal('unreachable', 0, {}, { cause });
  }
  if (got.response.ok) return got.data as T;
  const refusal = refusalOf(got.response, got.error);
  if (refusal.code === 'not_signed_in' || refusal.code === 'http_401') endSession();
  throw refusal;
}

// Names an action, so that sending it again does not do it twice. crypto.randomUUID needs HTTPS; this does not.
export function actionKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
