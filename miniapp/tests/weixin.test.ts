// @vitest-environment jsdom
// The mini program as it is built (npm run build:mp), its pages rendered and tapped by WeChat's own simulator of
// components; what the phone gives is stubbed, the program is recorded.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { program, request } from './uni.ts';

const require = createRequire(import.meta.url);
const built = path.resolve(import.meta.dirname, '../dist/build/mp-weixin');
// Away from this folder, whose package.json would make modules of its scripts.
const dist = mkdtempSync(path.join(tmpdir(), 'linli-weixin-'));
afterAll(() => rmSync(dist, { recursive: true }));

interface Rendered {
  dom: HTMLElement;
  instance: { onLoad?(query: object): void; onShow?(): void };
  attach(parent: Node): void;
}
const simulate = require('miniprogram-simulate') as { load(file: string, options: object): string; render(id: string): Rendered; sleep(ms: number): Promise<void> };

interface Ways {
  url: string;
}
const went: string[] = [];
const rang: string[] = [];
const stored = new Map<string, unknown>();

beforeAll(() => {
  if (!existsSync(path.join(built, 'app.js'))) throw new Error('build it first: npm run build:mp');
  cpSync(built, dist, { recursive: true });
  const real = globalThis as Record<string, unknown>;
  const wx = real.wx as Record<string, unknown>;
  const go = ({ url, success }: Ways & { success?(): void }) => {
    went.push(url);
    success?.();
  };
  Object.assign(wx, {
    request,
    navigateTo: go,
    redirectTo: go,
    reLaunch: go,
    makePhoneCall: ({ phoneNumber }: { phoneNumber: string }) => rang.push(phoneNumber),
    setNavigationBarTitle: () => undefined,
    getNetworkType: ({ success }: { success(what: object): void }) => success({ networkType: 'wifi' }),
    onNetworkStatusChange: () => undefined,
    getAppBaseInfo: () => ({ fontSizeScaleFactor: 1.3, language: 'zh_CN' }),
    getSystemInfoSync: () => ({ language: 'zh_CN' }),
    getStorageSync: (name: string) => stored.get(name) ?? '',
    setStorageSync: (name: string, what: unknown) => void stored.set(name, JSON.parse(JSON.stringify(what))),
    removeStorageSync: (name: string) => void stored.delete(name),
    canIUse: () => false,
  });
  const app = { $vm: undefined, onLaunch: undefined as undefined | ((options: object) => void) };
  Object.assign(real, {
    Page: real.Component,
    App: (what: object) => Object.assign(app, what),
    getApp: () => app,
    getCurrentPages: () => [],
  });
  require(path.join(dist, 'app.js'));
  app.onLaunch?.({ path: 'pages/home', query: {} });
});
beforeEach(() => {
  went.length = 0;
  rang.length = 0;
  document.body.innerHTML = '';
});

async function open(page: string, query: Record<string, string> = {}): Promise<Rendered> {
  const id = simulate.load(path.join(dist, 'pages', page), { rootPath: dist });
  const rendered = simulate.render(id);
  rendered.attach(document.body);
  rendered.instance.onLoad?.(query);
  rendered.instance.onShow?.();
  await simulate.sleep(100);
  return rendered;
}

// As a finger does it: the simulator hears a tap through its own events.
const exparser = createRequire(require.resolve('j-component'))('miniprogram-exparser') as {
  Event: { create(name: string, detail: object, options: object): object; dispatchEvent(target: unknown, event: object): void };
};
async function tap(words: string): Promise<void> {
  const button = [...document.querySelectorAll('wx-button')].find((one) => one.textContent?.includes(words)) as (Element & { __wxElement?: unknown }) | undefined;
  if (!button) throw new Error(`no button says ${words}: ${text()}`);
  const { __wxElement: element } = button; // the simulator's own node behind it
  exparser.Event.dispatchEvent(element, exparser.Event.create('tap', {}, { bubbles: true, composed: true, capturePhase: true }));
  await simulate.sleep(100);
}

const text = () => document.body.textContent ?? '';

describe('the mini program', () => {
  it('registers its pages', () => {
    const { pages } = JSON.parse(readFileSync(path.join(dist, 'app.json'), 'utf8')) as { pages: string[] };
    expect(pages.filter((page) => !existsSync(path.join(dist, `${page}.wxml`)))).toEqual([]);
    expect(pages).toHaveLength(9);
  });

  it('shows the office and its numbers, in 长辈版 where the phone has large text', async () => {
    await open('home');
    expect(text()).toContain('锦苑社区');
    expect(text()).toContain('028-8555 0101');
    expect(text()).toContain('回到标准版');
  });

  it('shows where a matter stands', async () => {
    await open('case', { token: 'DONE' });
    expect(text()).toContain('处理完了');
    expect(text()).toContain('修好了吗？');
    expect(text()).toContain('JN-20261128-0042');
  });

  it('says who to ring when a link is gone', async () => {
    await open('case', { token: 'NOPE' });
    expect(text()).toContain('社区服务站');
  });

  it('a unit accepts by a tap', async () => {
    await open('task', { token: 'TASK' });
    expect(text()).toContain('天花板往下滴水');
    await tap('接单');
    expect(program.recorded.asked.some(({ path: where, body }) => where.endsWith('tasks/TASK/actions') && (body as { action: string }).action === 'accept')).toBe(true);
    expect(text()).toContain('您已接单');
  });

  it('asks for what happened before it goes on', async () => {
    await open('report', { step: 'text' });
    await tap('继续');
    expect(text()).toContain('请说一说出了什么事');
    expect(went).toEqual([]);
  });

  it('rings by a tap', async () => {
    await open('home');
    await tap('028-8555 0102');
    expect(rang).toEqual(['028-8555 0102']);
  });
});
