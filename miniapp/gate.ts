// Looks at what was built: node gate.ts h5|mp. No outside host, no inline script, and the first page small enough for an
// old phone on a slow line. Fails the build otherwise.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { foreign } from './hosts.ts';

const most = 150_000; // bytes, gzip: the page, and every script and style that its first sight loads
const kind = process.argv[2] === 'mp' ? 'mp-weixin' : 'h5';
const root = process.env.UNI_OUTPUT_DIR ?? path.join(import.meta.dirname, 'dist', 'build', kind);
const wrong: string[] = [];

const files = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name !== '.built')
  .map((entry) => path.join(entry.parentPath, entry.name));
const text = (file: string) => readFileSync(file, 'utf8');
for (const file of files) {
  if (!/\.(js|css|html|json|wxml|wxss|svg)$/.test(file)) continue;
  for (const host of foreign(text(file))) wrong.push(`${path.relative(root, file)}: an outside host, ${host}`);
}
if (!files.length) wrong.push(`nothing was built into ${root}`);

if (kind === 'h5' && files.length) {
  const html = text(path.join(root, 'index.html'));
  if (/<script(?![^>]*\bsrc=)/.test(html)) wrong.push('index.html: an inline script, which the Content-Security-Policy refuses');
  const scripts = files.filter((file) => file.endsWith('.js'));
  if (scripts.some((file) => /\beval\(|new Function\(/.test(text(file)))) wrong.push('a script makes code out of text, which the Content-Security-Policy refuses');
  // What the home page loads: what index.html names, the page's own chunk, and what either imports.
  const first = new Set([path.join(root, 'index.html')]);
  const add = (file: string): void => {
    if (first.has(file)) return;
    first.add(file);
    if (!file.endsWith('.js')) return;
    for (const [, name] of text(file).matchAll(/(?:from|import)\s*["'](\.\/[^"']+)["']/g)) add(path.join(path.dirname(file), name!));
  };
  for (const [, name] of html.matchAll(/(?:src|href)="\/r\/([^"]+)"/g)) add(path.join(root, name!));
  for (const file of files) if (/pages-home[.-]|home-[\w-]+\.css/.test(path.basename(file))) add(file);
  const size = [...first].reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
  console.log(`The first page loads ${(size / 1000).toFixed(1)} kB (gzip, ${first.size} files; ${most / 1000} kB at most).`);
  if (size > most) wrong.push(`the first page is too large: ${size} bytes`);
}

if (wrong.length) {
  console.error(wrong.map((line) => `error: ${line}`).join('\n'));
  console.error('remedy: miniapp/hosts.ts and miniapp/gate.ts say what may stand there');
  process.exit(1);
}
