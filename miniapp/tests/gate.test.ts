// The gate of the build stops what it is there to stop.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { foreign, withoutMakers } from '../hosts.ts';

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

const html = '<script type="module" src="/r/assets/app.js"></script>';

function gate(files: Record<string, string>): { status: number | null; said: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'linli-gate-'));
  folders.push(folder);
  mkdirSync(path.join(folder, 'assets'));
  for (const [name, content] of Object.entries(files)) writeFileSync(path.join(folder, name), content);
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.resolve(import.meta.dirname, '../gate.ts'), 'h5'], {
    env: { ...process.env, UNI_OUTPUT_DIR: folder },
    encoding: 'utf8',
  });
  return { status, said: stdout + stderr };
}

it.each<[string, Record<string, string>, number, RegExp]>([
  ['what is small and stays at home', { 'index.html': html, 'assets/app.js': 'let a = "/api/v1/public/office"' }, 0, /first page loads 0\.\d kB/],
  ['nothing built', {}, 1, /nothing was built/],
  ['an outside picture', { 'index.html': html, 'assets/app.js': 'img = "https://cdn.example.com/a.png"' }, 1, /app\.js: an outside host, https:\/\/cdn\.example\.com/],
  ['an outside font', { 'index.html': html, 'assets/app.js': '', 'assets/app.css': '@font-face{src:url(//fonts.example.net/a)}' }, 1, /app\.css: an outside host/],
  ['an inline script', { 'index.html': '<script>let a</script>', 'assets/app.js': '' }, 1, /inline script/],
  ['code made out of text', { 'index.html': html, 'assets/app.js': 'new Function("return 1")' }, 1, /makes code out of text/],
  ['too much for the first page', { 'index.html': html, 'assets/app.js': randomBytes(120_000).toString('hex').replace(/\/\//g, '') }, 0, /first page loads 1\d\d\.\d kB/],
  ['far too much for the first page', { 'index.html': html, 'assets/app.js': randomBytes(160_000).toString('hex') }, 1, /too large/],
  ['a chunk that the first imports', { 'index.html': html, 'assets/app.js': 'import "./b.js"', 'assets/b.js': randomBytes(160_000).toString('hex') }, 1, /too large/],
])('%s', (_what, files, status, said) => {
  const found = gate(files);
  expect(found.said).toMatch(said);
  expect(found.status).toBe(status);
});

it.each([
  ['http://www.w3.org/2000/svg', []],
  ['see https://vuejs.org/error-reference/#runtime-1', []],
  ['// a comment about a.b', []],
  ['wss://push.example.org/x', ['wss://push.example.org/x']],
])('%s', (text, hosts) => expect(foreign(text)).toEqual(hosts));

it('blanks what the maker of the runtime put in', () => {
  expect(withoutMakers('url(https://cdn.dcloud.net.cn/img/shadow-grey.png)')).toBe('url()');
});
