// A stand-in for the program while the console is built: the contract of docs/openapi.yaml over an evening of the
// demo, leads in memory. `node dev/fake-server.ts [port] [--empty]`. Serves dist/ too.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const port = Number(process.argv[2] ?? 8081);
const empty = process.argv.includes('--empty');
const lines = (file: string) =>
  readFileSync(join(root, 'data/demo', file), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const [scenario, ...truth] = lines('hetang-evening.leads.jsonl');
const script = lines('hetang-evening.messages.jsonl');
const taxonomy = JSON.parse(readFileSync(join(root, 'data/lexicon/taxonomy.json'), 'utf8'));

const SPEED_START = 30;
const started = Date.now();
const groups = scenario.groups.map((g: any, n: number) => ({
  id: `group_${g.group}`, channel: 'demo', external_id: g.group, name: g.name, state: empty ? 'waiting' : 'admitted',
  grid: g.grid, community: g.community, street: g.street, responsible: '荷塘社区居民委员会', legal_basis: '演示',
  notice_at: null, last_heard_at: new Date().toISOString(), messages: 0, dropped: 0, n,
}));
if (!empty) groups.push({ ...groups[0], id: 'group_w', external_id: 'w1', name: '清溪锦园团购群', state: 'waiting', grid: '', community: '', street: '', dropped: 37 });
let channels: any[] = empty ? [] : [{ id: 'ch_demo', name: 'demo', kind: 'demo', admit_all: true, created_at: new Date().toISOString(), last_heard_at: new Date().toISOString() }];
const said: any[] = [];
const leads = new Map<string, any>();
let position = 1;
const log: { id: number; type: string; data: any }[] = [];
const clients = new Set<ServerResponse>();
const demo: any = { running: true, paused: false, speed: SPEED_START, chat_time: script[0].ts, day_start: script[0].ts, day_end: script.at(-1).ts, messages_sent: 0, messages_total: script.length, round: 1 };

function emit(type: string, data: any) {
  const entry = { id: ++position, type, data };
  log.push(entry);
  for (const client of clients) client.write(frame(entry));
}
const frame = (e: any) => `id: ${e.id}\nevent: ${e.type}\ndata: ${JSON.stringify(e.data)}\n\n`;

function promise(lead: any) {
  const due = Date.parse(lead.asked_at) + 15 * 60000;
  const waited = Date.now() - Date.parse(lead.asked_at);
  const light = lead.kept_at ? 'kept' : waited >= 900000 ? 'breach' : waited >= 600000 ? 'call_leader' : waited >= 300000 ? 'amber' : 'green';
  return lead.live ? { light, due_at: new Date(due).toISOString(), kept_at: lead.kept_at ?? null } : { light: 'none', due_at: null, kept_at: null };
}
function summary(lead: any) {
  const { messages, history, kept_at, note, ...rest } = lead;
  void messages, history, kept_at, note;
  return { ...rest, promise: promise(lead), message_count: messages.length };
}
let skew = 0;
function say(m: any) {
  const at = new Date(Date.now() - skew).toISOString();
  const message: any = { ...m, at, id: `msg_${m.id}`, reply: m.reply_to && `msg_${m.reply_to}` };
  said.push(message);
  const group = groups.find((g: any) => g.external_id === m.group);
  if (group) group.messages++;
  if (!m.lead) return;
  const t = truth.find((x) => x.lead === m.lead);
  if (!t) return;
  const id = `lead_${m.lead}`;
  let lead = leads.get(id);
  const of = (g: any) => ({ id: g.id, name: g.name, grid: g.grid });
  const opened = !lead;
  if (!lead) {
    lead = { id, revision: 0, decision_version: 1, state: 'open', category: t.category, urgency: t.urgency, place: t.place, summary: t.summary, community: '荷塘社区', groups: [], handling: t.handling, area_wide: false, review: t.urgency === 4 && !t.place, resolved: false, live: true, asked_at: at, opened_at: at, latest_at: at, decided_by: null, decided_at: null, dismiss_reason: null, messages: [], history: [], kept_at: null, note: '' };
    leads.set(id, lead);
    lead.history.push({ revision: 1, at, actor: { kind: 'machine', display_name: 'linli' }, kind: 'opened', text: '听到一件事' });
  } else lead.history.push({ revision: lead.revision + 1, at, actor: { kind: 'machine', display_name: 'linli' }, kind: 'joined', text: `${m.sender_name}的话并入` });
  if (group && !lead.groups.some((g: any) => g.id === group.id)) lead.groups.push(of(group));
  lead.area_wide = t.area_wide && lead.groups.length > 1;
  lead.revision++;
  lead.latest_at = at;
  lead.messages.push(message.id);
  if (m.act === 'answer' && ['grid_officer', 'community_staff'].includes(m.role)) lead.kept_at ??= at;
  if (m.act === 'resolved') lead.resolved = true;
  emit('lead', { kind: opened ? 'lead.opened' : 'lead.changed', lead: summary(lead) });
}
const WORDS = ['滴水', '停电', '没电', '黑了', '电梯卡起', '煤气', '臭鸡蛋', '音响', '橘猫', '烟子', '消防通道', '不亮', '垃圾', '桶', '认证', '来电了', '谢谢'];
function view(message: any, lead: any) {
  const inLead = lead.messages.includes(message.id);
  const points = Array.from(message.text as string);
  const evidence = inLead
    ? WORDS.flatMap((w) => {
        const at = message.text.indexOf(w);
        if (at < 0) return [];
        const begin = Array.from(message.text.slice(0, at)).length;
        return [{ begin, end: begin + Array.from(w).length }];
      })
    : [];
  void points;
  const quoted = message.reply && said.find((m) => m.id === message.reply);
  const reasons = evidence.map((e: any) => ({ code: 'word', text: `“${Array.from(message.text as string).slice(e.begin, e.end).join('')}”说的是这类事`, message: message.id, ...e, word: '', weight: 1 }));
  return { id: message.id, group: `group_${message.group}`, sent_at: message.at, sender_name: message.sender_name, role: message.role, type: message.type, text: message.text, reply_to: quoted ? { id: quoted.id, sender_name: quoted.sender_name, text: quoted.text } : null, in_lead: inLead, act: inLead ? message.act : null, recalled: false, evidence, reasons, attachments: message.type === 'image' ? [{ id: message.id, name: 'photo.svg', media_type: 'image/svg+xml', size: 1000 }] : [] };
}
function card(lead: any) {
  const near = new Set<number>();
  said.forEach((m, i) => lead.messages.includes(m.id) && [...said.keys()].filter((k) => said[k].group === m.group && Math.abs(k - i) < 8).forEach((k) => near.add(k)));
  const messages = [...near].sort((a, b) => a - b).map((i) => view(said[i], lead));
  const all = messages.flatMap((m) => m.reasons);
  const reasons = { category: all.slice(0, 4), urgency: [{ code: 'u', text: lead.urgency === 1 ? '人可能有危险' : '有人家里受影响，今天要处理', message: messages.find((m) => m.in_lead)?.id ?? null, begin: 0, end: 0, word: '', weight: 1 }], place: lead.place ? [{ code: 'p', text: `说到了“${lead.place}”`, message: null, begin: 0, end: 0, word: '', weight: 1 }] : [] };
  return { ...summary(lead), messages, reasons, history: lead.history, model_version: 'fake-1', note: lead.note };
}
let clock = Date.parse(script[0].ts);
let next = 0;
if (!empty) {
  // Some of the evening has happened already.
  for (; next < 34; next++) { skew = (34 - next) * 20000; say(script[next]); }
  skew = 0;
  clock = Date.parse(script[next - 1].ts);
  const old = structuredClone(leads.get('lead_L01'));
  leads.set('lead_H1', { ...old, id: 'lead_H1', live: false, summary: '历史：路灯坏了一周', category: 'lighting', urgency: 3, asked_at: '2026-11-20T08:00:00Z' });
  setInterval(() => {
    if (demo.paused) return;
    clock += demo.speed * 250;
    demo.chat_time = new Date(clock).toISOString();
    while (next < script.length && Date.parse(script[next].ts) <= clock) { say(script[next++]); demo.messages_sent = next; }
  }, 250);
}
const me = { id: 'user_admin', name: 'admin', display_name: '管理员', role: 'administrator' };
let byLink = false;
const read = async (req: IncomingMessage) => { let s = ''; for await (const c of req) s += c; return s ? JSON.parse(s) : {}; };
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'";

createServer(async (req, res) => {
  const url = new URL(req.url!, 'http://x');
  const path = url.pathname;
  const json = (status: number, body: any, headers = {}) => { res.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers }); res.end(JSON.stringify(body)); };
  const problem = (status: number, code: string, title: string, remedy: string, more = {}) => json(status, { type: 'about:blank', title, status, code, remedy, ...more });
  if (!path.startsWith('/api')) {
    let file = join(root, 'web/dist', path);
    if (!extname(path) || !existsSync(file)) file = join(root, 'web/dist/index.html');
    res.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP });
    return void res.end(readFileSync(file));
  }
  const route = `${req.method} ${path}`;
  const session = () => ({ user: me, csrf_token: 'x', expires_at: new Date(Date.now() + 1e8).toISOString(), by_link: byLink, demo: !empty, version: '0.1.0' });
  const cookie = { 'set-cookie': 'linli_session=1; Path=/; HttpOnly' };
  if (route === 'POST /api/v1/session') { const b = await read(req); return b.password === 'wrong' ? problem(401, 'wrong_password', '名字或密码不对', '再试') : json(200, session(), cookie); }
  if (route === 'POST /api/v1/session/link') { const b = await read(req); byLink = true; return b.token.startsWith('spent') ? problem(401, 'link_spent', '', '') : json(200, session(), cookie); }
  if (!req.headers.cookie?.includes('linli_session=1')) return problem(401, 'no_session', '请先登录', '打开登录页');
  if (route === 'GET /api/v1/session') return json(200, session());
  if (route === 'DELETE /api/v1/session') { res.writeHead(204, { 'set-cookie': 'linli_session=; Path=/; Max-Age=0' }); return void res.end(); }
  if (route === 'PUT /api/v1/session/password') { byLink = false; res.writeHead(204); return void res.end(); }
  if (route === 'GET /api/v1/overview') {
    const count = (s: string) => [...leads.values()].filter((l) => l.state === s).length;
    return json(200, { now: new Date().toISOString(), channels: channels.length, groups_admitted: groups.filter((g: any) => g.state === 'admitted').length * (channels.length ? 1 : 0), groups_waiting: channels.length ? groups.filter((g: any) => g.state === 'waiting').length : 0, messages: said.length, messages_dropped: 0, leads: { open: count('open'), confirmed: count('confirmed'), dismissed: count('dismissed') }, last_heard_at: null, promise_minutes: 15, model_version: 'fake-1' });
  }
  if (route === 'GET /api/v1/taxonomy') return json(200, { domains: taxonomy.domains });
  if (route === 'GET /api/v1/channels') return json(200, { channels });
  if (route === 'POST /api/v1/channels') { const b = await read(req); if (channels.some((c) => c.name === b.name)) return problem(409, 'taken', '', ''); const c = { id: `ch_${b.name}`, ...b, created_at: new Date().toISOString(), last_heard_at: null }; channels = [...channels, c]; return json(201, { ...c, secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD' }); }
  if (route === 'GET /api/v1/groups') return json(200, { groups: empty && !channels.length ? [] : groups });
  const group = groups.find((g: any) => path.startsWith(`/api/v1/groups/${g.id}/`));
  if (group) { const b = await read(req); Object.assign(group, b, { state: path.endsWith('admit') ? 'admitted' : 'refused' }); emit('group', { group }); return json(200, group); }
  if (route === 'GET /api/v1/leads') {
    const q = url.searchParams;
    const states = (q.get('state') ?? 'open').split(',');
    const order = (a: any, b: any) => Number(b.urgency === 1) - Number(a.urgency === 1) || Number(b.live) - Number(a.live) || Date.parse(a.asked_at) - Date.parse(b.asked_at);
    const all = [...leads.values()].filter((l) => states.includes(l.state) && (!q.get('live') || String(l.live) === q.get('live')) && (!q.get('category') || l.category === q.get('category')) && (!q.get('urgency') || l.urgency === Number(q.get('urgency'))) && (!q.get('group') || l.groups.some((g: any) => g.id === q.get('group')))).sort(order);
    const from = Number(q.get('cursor') ?? 0);
    const limit = Number(q.get('limit') ?? 50);
    return json(200, { leads: all.slice(from, from + limit).map(summary), next_cursor: from + limit < all.length ? String(from + limit) : null, total: all.length, stream_position: String(position) });
  }
  const [, id, verb] = /^\/api\/v1\/leads\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  if (id) {
    const lead = leads.get(id);
    if (!lead) return problem(404, 'unknown_lead', '没有这条线索', '它可能已被合并；回到列表看看。');
    if (!verb) return json(200, card(lead), { etag: `"${lead.decision_version}"` });
    if (verb === 'context') {
      const before = url.searchParams.get('before');
      const at = said.findIndex((m) => m.id === (before ?? url.searchParams.get('after')));
      const same = said.map((m, i) => ({ m, i })).filter((x) => x.m.group === said[at].group && (before ? x.i < at : x.i > at));
      return json(200, { messages: (before ? same.slice(-20) : same.slice(0, 20)).map((x) => view(x.m, lead)) });
    }
    const b = verb === 'dismiss' ? await read(req) : {};
    if (req.headers['x-other']) Object.assign(me, { id: 'user_li', display_name: '李敏' });
    if (verb !== 'reopen' && lead.state !== 'open') return problem(409, 'already_decided', '已经处理过了', '看看现在的样子', { args: { who: lead.decided_by.display_name, what: lead.state, at: lead.decided_at } });
    if (req.headers['if-match'] !== `"${lead.decision_version}"`) return problem(412, 'stale', '刚有变化', '再看一眼');
    const at = new Date().toISOString();
    lead.revision++;
    lead.decision_version++;
    const state = { confirm: 'confirmed', dismiss: 'dismissed', reopen: 'open' }[verb];
    Object.assign(lead, { state, decided_by: verb === 'reopen' ? null : { id: me.id, display_name: me.display_name }, decided_at: verb === 'reopen' ? null : at, dismiss_reason: b.reason ?? null, note: b.note ?? '' });
    lead.history.push({ revision: lead.revision, at, actor: { kind: 'person', display_name: me.display_name }, kind: { confirm: 'confirmed', dismiss: 'dismissed', reopen: 'reopened' }[verb], text: { confirm: '确认', dismiss: '不立线索', reopen: '重新打开' }[verb] });
    emit('lead', { kind: `lead.${{ confirm: 'confirmed', dismiss: 'dismissed', reopen: 'reopened' }[verb]}`, lead: summary(lead) });
    if (req.headers['x-other']) Object.assign(me, { id: 'user_admin', display_name: '管理员' });
    return json(200, summary(lead), { etag: `"${lead.decision_version}"` });
  }
  if (path.startsWith('/api/v1/attachments/')) { res.writeHead(200, { 'content-type': 'image/svg+xml' }); return void res.end('<svg xmlns="http://www.w3.org/2000/svg" width="320" height="220"><rect width="320" height="220" fill="#8fa6a3"/><circle cx="160" cy="110" r="60" fill="#5a7f93"/><path d="M160 30v60" stroke="#fff" stroke-width="8"/></svg>'); }
  if (route === 'GET /api/v1/stream') {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const after = Number(req.headers['last-event-id'] ?? url.searchParams.get('after') ?? position);
    res.write(': hello\n\n');
    for (const entry of log) if (entry.id > after) res.write(frame(entry));
    clients.add(res);
    return void req.on('close', () => clients.delete(res));
  }
  if (route === 'GET /api/v1/demo') return json(200, demo);
  if (route === 'PUT /api/v1/demo') { Object.assign(demo, await read(req)); return json(200, demo); }
  return problem(404, 'unknown', `没有 ${route}`, '');
}).listen(port, '127.0.0.1', () => console.log(`fake server on http://127.0.0.1:${port} since ${started}`));
