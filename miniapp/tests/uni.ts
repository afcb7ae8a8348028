// What the phone gives, as far as modules without pages ask for it: a store, a language, requests to a recorded program.
import { beforeEach } from 'vitest';
import { Recorded } from './recorded.ts';

export const stored = new Map<string, unknown>();
export const program = { recorded: new Recorded(), reachable: true };

beforeEach(() => {
  stored.clear();
  program.recorded = new Recorded();
  program.reachable = true;
});

interface Ask {
  url: string;
  method: string;
  header: Record<string, string>;
  data?: string | ArrayBuffer;
  success(answer: { statusCode: number; data: unknown }): void;
  fail(): void;
}

export const request = ({ url, method, header, data, success, fail }: Ask): void => {
  queueMicrotask(() => {
    if (!program.reachable) return fail();
    const body: unknown = typeof data === 'string' ? JSON.parse(data) : data && { bytes: data.byteLength };
    const { status, body: answer } = program.recorded.answer(method, url, body, header);
    success({ statusCode: status, data: JSON.parse(JSON.stringify(answer)) as unknown });
  });
};

Object.assign(globalThis, {
  uni: {
    getLocale: () => 'zh-Hans',
    getStorageSync: (name: string) => stored.get(name) ?? '',
    setStorageSync: (name: string, what: unknown) => void stored.set(name, JSON.parse(JSON.stringify(what))),
    removeStorageSync: (name: string) => void stored.delete(name),
    request,
  },
});
