// Answers as the program gives them, for tests that want no program: one leak, one report, one sub-task. All names are made up.
// Run by itself (scripts/with-node node miniapp/tests/recorded.ts) it serves them with the built pages on a free port.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import type { Case, Known, Office, Report, Task } from '../src/api/types.ts';

const minute = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * minute).toISOString();

export const office = (): Office => ({
  name: '锦苑社区',
  phones: [
    { name: '社区服务站', number: '028-8555 0101' },
    { name: '夜间值班', number: '028-8555 0102' },
  ],
  form_open: true,
  asks: ['text', 'place', 'files', 'contact'],
  languages: ['zh', 'en'],
  reopen_days: 7,
  most_files: 3,
  communities: [
    { code: 'JN-01', name: '锦苑社区' },
    { code: 'JN-02', name: '河湾社区' },
  ],
});

// state: working, done (may be rated), closed (may be reopened)
export function leak(code: 'working' | 'done' | 'closed', stars: number | null = null): Case {
  const steps: Case['timeline'] = [
    { code: 'received', text: '社区收到了', at: ago(180), files: [] },
    { code: 'assigned', text: '派给了锦苑社区', at: ago(176), files: [] },
    { code: 'accepted', text: '已经接单，正在安排', at: ago(171), files: [] },
    { code: 'started', text: '到现场了，正在处理', at: ago(120), files: [{ url: '/api/v1/public/files/file_1', width: 1200, height: 900 }] },
  ];
  if (code !== 'working') steps.push({ code: 'done', text: '处理完了，请看看好了没有', at: ago(30), files: [{ url: '/api/v1/public/files/file_2', width: 900, height: 1200 }] });
  if (code === 'closed') steps.push({ code: 'closed', text: '您说修好了，这件事办完了', at: ago(5), files: [] });
  return {
    number: 'JN-20261128-0042',
    matter: { code: 'leak', text: '漏水' },
    state: {
      code,
      text: { working: '正在处理', done: '处理完了', closed: '办完了' }[code],
    },
    office: '锦苑社区',
    received_at: ago(180),
    expected_at: code === 'working' ? ago(-90) : null,
    wake_on: null,
    timeline: steps,
    may: { working: ['note' as const], done: ['note' as const, 'rate' as const], closed: ['rate' as const, 'reopen' as const] }[code],
    reopen_until: code === 'closed' ? ago(-7 * 24 * 60) : null,
    stars,
    revision: steps.length,
  };
}

export const report = (): Report => ({
  state: { code: 'received', text: '社区收到了，工作人员马上会看' },
  office: '锦苑社区',
  received_at: ago(1),
  answers: [],
  case: null,
});

export const known = (): Known[] => [
  { follow: 'f1', matter: { code: 'outage', text: '停水' }, where: '锦苑', state: { code: 'working', text: '正在处理' }, since: ago(95) },
];

export const task = (state: Task['state'] = 'sent', late = false): Task => ({
  number: 'JN-20261128-0042-1',
  version: { sent: 1, accepted: 2, returned: 3, reported_done: 3, confirmed: 4, cancelled: 4 }[state],
  unit: '锦苑物业',
  state,
  what: '3 栋 2 单元天花板往下滴水，请查楼上的水管并修好',
  place: '锦苑 3 栋 2 单元',
  contact: null,
  due_at: ago(late ? 20 : -100),
  late,
  sent_at: ago(40),
  reason: null,
  report: state === 'reported_done' ? '换了阀门，试水不漏了' : null,
  pictures: ['att_1'],
  expires_at: ago(-7 * 24 * 60),
  actions: {
    sent: [
      { action: 'accept' as const, state: 'accepted' as const, needs: [], may: [] },
      { action: 'return' as const, state: 'returned' as const, needs: ['reason' as const], may: [] },
    ],
    accepted: [
      { action: 'report_done' as const, state: 'reported_done' as const, needs: ['note' as const], may: [] },
      { action: 'return' as const, state: 'returned' as const, needs: ['reason' as const], may: [] },
    ],
    returned: [],
    reported_done: [],
    confirmed: [],
    cancelled: [],
  }[state],
});

export interface Answer {
  status: number;
  body: unknown;
}
const problem = (status: number, code: string, title: string, remedy: string): Answer => ({
  status,
  body: { type: 'about:blank', status, code, title, remedy },
});
const nowhere = () => problem(422, 'unknown_place', '没有找到这个地方', '请选社区');
const lost = () => problem(404, 'unknown_link', '没有这个链接', '请打电话问社区');

// The program's part; each has a state of its own. Tokens: CASE, DONE, CLOSED, REPORT, TASK; anything else is unknown.
export class Recorded {
  cases: Record<string, Case> = { CASE: leak('working'), DONE: leak('done'), CLOSED: leak('closed') };
  reports: Record<string, Report> = { REPORT: report() };
  tasks: Record<string, Task> = { TASK: task(), LATE: task('accepted', true) };
  known: Known[] = known();
  asked: { method: string; path: string; body: unknown; key?: string | undefined }[] = [];
  private answers = new Map<string, Answer>();
  private tries = 0;

  answer(method: string, where: string, body: unknown, headers: Record<string, string | undefined> = {}): Answer {
    const key = headers['idempotency-key'];
    this.asked.push({ method, path: where, body, key });
    const before = key && this.answers.get(key);
    if (before) return before;
    const answer = this.fresh(method, where.replace('/api/v1/public/', ''), body as Record<string, never>, headers);
    if (key && answer.status < 300) this.answers.set(key, answer);
    return answer;
  }

  private fresh(method: string, where: string, body: Record<string, never>, headers: Record<string, string | undefined>): Answer {
    const ok = (answer: unknown, status = 200): Answer => ({ status, body: answer });
    const [noun, token = '', verb] = where.split('/');
    if (where === 'office') return ok(office());
    if (where === 'files' && method === 'POST') return ok({ key: `key_${this.asked.length}`, media_type: 'image/jpeg', width: 1600, height: 1200 }, 201);
    if (where === 'cases/find') {
      if (++this.tries > 5) return problem(429, 'too_many_tries', '试得太多了', '请一小时后再试');
      return body.number === 'JN-20261128-0042' && body.phone_digits === '5678' ? ok({ token: 'CASE', url: null }) : lost();
    }
    if (/^reports(\/similar)?$/.test(where) && String(body.place).includes('不知道') && !body.community) return nowhere();
    if (where === 'reports/similar') return ok({ known: this.known });
    if (where === 'reports/follow') return ok({ token: 'CASE', url: null }, 201);
    if (where === 'reports' && method === 'POST') return ok({ token: 'REPORT', url: null }, 201);
    if (noun === 'reports') return this.reports[token] ? ok(this.reports[token]) : this.cases[token] ? ok({ ...report(), case: this.cases[token] }) : lost();
    if (noun === 'cases') {
      if (!this.cases[token]) return lost();
      if (verb === 'notes') this.cases[token]!.timeline.push({ code: 'noted', text: '您补充了一句', at: ago(0), files: [] });
      if (verb === 'rating') this.cases[token] = body.fixed ? leak('closed', body.stars) : leak('working');
      if (verb === 'reopen') this.cases[token] = leak('working');
      return ok(this.cases[token]);
    }
    if (noun === 'tasks') {
      const now = this.tasks[token];
      if (!now) return problem(410, 'link_gone', '链接过期了', '请要一个新的');
      if (verb === 'actions') {
        if (headers['if-match'] !== `"${now.version}"`) return problem(412, 'changed', '刚才有变化', '请看最新的');
        const next = ({ accept: 'accepted', return: 'returned', report_done: 'reported_done' } as const)[String(body.action) as 'accept' | 'return' | 'report_done'];
        this.tasks[token] = { ...task(next), reason: body.reason ?? null, report: body.note ?? null };
      }
      return ok(this.tasks[token]);
    }
    return lost();
  }
}

const policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css' };

export function serve(recorded: Recorded, dist = path.join(import.meta.dirname, '..', 'dist', 'build', 'h5')) {
  return createServer((request, response) => {
    const where = new URL(request.url ?? '/', 'http://127.0.0.1').pathname;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      response.setHeader('content-security-policy', policy);
      if (/\/(files|pictures)\/\w/.test(where) && request.method === 'GET') {
        response.setHeader('content-type', 'image/svg+xml');
        return response.end('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90"><rect width="90" height="90" fill="#7a9"/><circle cx="45" cy="40" r="18" fill="#357"/></svg>');
      }
      if (where.startsWith('/api/')) {
        const json = String(request.headers['content-type']).startsWith('application/json');
        const body: unknown = json ? JSON.parse(Buffer.concat(parts).toString() || 'null') : { bytes: Buffer.concat(parts).length };
        const { status, body: answer } = recorded.answer(request.method ?? 'GET', where, body, request.headers as Record<string, string>);
        response.writeHead(status, { 'content-type': 'application/json' });
        return response.end(JSON.stringify(answer));
      }
      const file = where.replace(/^\/r\//, '');
      const name = path.extname(file) ? file : 'index.html';
      try {
        response.setHeader('content-type', types[path.extname(name)] ?? 'application/octet-stream');
        return response.end(readFileSync(path.join(dist, name)));
      } catch {
        response.statusCode = 404;
        return response.end();
      }
    });
  });
}

if (process.argv[1] === import.meta.filename) {
  const server = serve(new Recorded()).listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
    const at = server.address();
    if (at && typeof at === 'object') console.log(`http://127.0.0.1:${at.port}/r/  tokens: CASE DONE CLOSED REPORT TASK LATE`);
  });
}
