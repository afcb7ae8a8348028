// What happens, as it happens: one event stream for all tabs of this browser.
//
// One tab holds the lock "linli.stream", keeps the EventSource and passes events on by BroadcastChannel; when it
// closes, another tab takes over after the last position it saw. Where locks are missing (plain HTTP on another
// machine's address) each tab keeps its own stream. An event may come twice: receivers compare `revision`.
import { ref } from 'vue';
import type { CaseEvent, LeadEvent } from './types';

export type Live =
  | { kind: 'lead'; event: LeadEvent }
  | { kind: 'gone'; lead: string } // it lies in a grid now that this person does not see
  | { kind: 'group'; group: string }
  | { kind: 'knowledge'; entry: string }
  | { kind: 'case'; event: CaseEvent }
  | { kind: 'notification' } // something addressed to this person came or changed
  | { kind: 'reset' } // something may have been missed: load everything again
  | { kind: 'closed' }; // the program does not give the stream: signed out, or not there
export type Connection = 'connecting' | 'live' | 'lost';

export const connection = ref<Connection>('connecting');

type Listener = (news: Live) => void;
type Told = { news: Live; position?: string } | { connection: Connection } | { ask: true };

const RETRY_MS = [500, 1000, 2000, 4000, 8000, 15000];
// How long the first page may take to name its position before the stream opens without one.
const PATIENCE_MS = 1000;

const listeners = new Set<Listener>();
let position: string | undefined;
let stop: (() => void) | undefined;
let positionKnown: (() => void) | undefined;

export function onLive(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// A page of leads was read at this position of the log: the stream may start there and misses nothing.
export function readAt(at: string | undefined): void {
  if (at === undefined || position !== undefined) return;
  position = at;
  positionKnown?.();
}

export function parseEvent(type: string, data: string): Live | undefined {
  try {
    const body = JSON.parse(data || '{}');
    if (type === 'lead' && body.lead?.id) return { kind: 'lead', event: body };
    if (type === 'gone' && typeof body.lead === 'string') return { kind: 'gone', lead: body.lead };
    if (type === 'group' && body.group) return { kind: 'group', group: body.group.id ?? body.group };
    if (type === 'knowledge' && body.entry) return { kind: 'knowledge', entry: body.entry };
    if (type === 'case' && body.case?.id) return { kind: 'case', event: body };
    if (type === 'notification') return { kind: 'notification' };
    if (type === 'reset') return { kind: 'reset' };
  } catch {
    // Half a line from a cut connection: the stream resumes before it.
  }
  return undefined;
}

export function startLive(): void {
  if (stop) return;
  const others = new BroadcastChannel('linli.stream');
  const ended = new AbortController();
  let source: EventSource | undefined;
  let leading = false;
  let attempt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const deliver = (news: Live) => listeners.forEach((listener) => listener(news));
  const say = (told: Told) => others.postMessage(told);
  const setConnection = (now: Connection) => {
    connection.value = now;
    if (leading) say({ connection: now });
  };

  const receive = (type: string) => (message: MessageEvent<string>) => {
    const news = parseEvent(type, message.data);
    if (message.lastEventId) position = message.lastEventId;
    if (!news) return;
    deliver(news);
    say({ news, position });
  };

  function open(): void {
    if (ended.signal.aborted) return;
    const blind = position === undefined;
    source = new EventSource(blind ? '/api/v1/stream' : `/api/v1/stream?after=${encodeURIComponent(position!)}`);
    source.addEventListener('open', () => {
      attempt = 0;
      setConnection('live');
      if (!blind) return;
      deliver({ kind: 'reset' });
      say({ news: { kind: 'reset' } });
    });
    for (const type of ['lead', 'gone', 'group', 'case', 'knowledge', 'notification', 'reset']) source.addEventListener(type, receive(type) as EventListener);
    source.addEventListener('error', () => {
      setConnection('lost');
      // CONNECTING: the browser tries again by itself, after the last event it saw.
      if (source?.readyState !== EventSource.CLOSED) return;
      deliver({ kind: 'closed' });
      say({ news: { kind: 'closed' }, position });
      reopen(RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]!);
    });
  }
  function reopen(after: number): void {
    clearTimeout(timer);
    source?.close();
    timer = setTimeout(open, after);
  }

  function lead(): Promise<void> {
    leading = true;
    const wait = setTimeout(open, position === undefined ? PATIENCE_MS : 0);
    positionKnown = () => {
      if (source) return;
      clearTimeout(wait);
      open();
    };
    return new Promise((resolve) => ended.signal.addEventListener('abort', () => resolve()));
  }

  others.addEventListener('message', ({ data }: MessageEvent<Told>) => {
    if ('ask' in data) {
      if (leading) say({ connection: connection.value });
    } else if ('connection' in data) {
      if (!leading) connection.value = data.connection;
    } else if (!leading) {
      if (data.position !== undefined) position = data.position;
      deliver(data.news);
    }
  });

  const backOnline = () => leading && connection.value !== 'live' && reopen(0);
  const offline = () => setConnection('lost');
  addEventListener('online', backOnline);
  addEventListener('offline', offline);

  if (navigator.locks) {
    navigator.locks.request('linli.stream', { signal: ended.signal }, lead).catch(() => {});
    say({ ask: true });
  } else {
    void lead();
  }

  stop = () => {
    ended.abort();
    clearTimeout(timer);
    source?.close();
    others.close();
    removeEventListener('online', backOnline);
    removeEventListener('offline', offline);
    position = undefined;
    positionKnown = undefined;
    connection.value = 'connecting';
  };
}

// At sign-out: another person may sign in next, who may see other things.
export function stopLive(): void {
  stop?.();
  stop = undefined;
}
