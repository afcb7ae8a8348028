// docs/openapi.yaml is the source: the program has exactly its routes, and every answer has its shape.
import { createHmac } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { expect, test } from '@playwright/test'
import { ajv, asksForSession, conforms, contract, operations } from '../support/contract'
import { ModelServer } from '../support/model'
import { binary, Caller, Linli, said, sign, until } from '../support/linli'

/* eslint-disable @typescript-eslint/no-explicit-any */
// What an authenticator app shows, some steps of 30 s later.
function totp(secret: string, later: number): string {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('the program has exactly the routes of the contract, and each says who may call it', () => {
  const routes = execFileSync(binary, ['routes'], { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(/\s+/))
  const ours = routes.map(([method, template]) => `${method!.toLowerCase()} ${template}`).sort()
  expect(ours).toEqual(operations.map((o) => `${o.method} ${o.template}`).sort())
  for (const [method, template, who, csrf, right] of routes) {
    const { operation } = operations.find((o) => o.method === method!.toLowerCase() && o.template === template)!
    const security = operation.security ?? contract.security
    const expected = security.some((s: object) => Object.keys(s).length === 0) || security.length === 0 ? 'public'
      : security.some((s: any) => s.webhook) ? 'channel' : security.some((s: any) => s.apiKey) ? 'session' : 'person'
    expect(`${template} ${who}`).toBe(`${template} ${template === '/metrics' ? 'local' : expected}`)
    expect(`${method} ${template} ${right}`).toBe(`${method} ${template} ${operation['x-right'] ?? '-'}`)
    const parameters = (operation.parameters ?? []).map((p: any) => p.$ref ?? p.name)
    expect(`${method} ${template} ${csrf}`).toBe(`${method} ${template} ${parameters.includes('#/components/parameters/Csrf') ? 'csrf' : '-'}`)
  }
})

test.describe('answers', () => {
  let linli: Linli
  let secret: string
  let caller: Caller
  test.beforeAll(async () => {
    linli = await Linli.start()
    secret = linli.addChannel('neighbours', '--admit-all')
    caller = await Caller.signIn(linli)
    await linli.deliver('neighbours', secret, [
      said('east', '3-2-1502周姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下', { group_name: '东苑邻里群' }, 60),
      said('east', '东苑物业小何', '收到，马上派水工上来', { role: 'property' }, 30),
      said('east', '1-1-302冯叔', '晚上哪家一起下象棋 😄', {}, 20),
    ])
  })
  test.afterAll(() => linli.clear())

  test('every route refuses who has not signed in', async () => {
    for (const { method, template, operation } of operations) {
      if (!asksForSession(operation)) continue
      const answer = await fetch(linli.url + template.replace(/\{[^}]+\}/g, 'x'), { method: method.toUpperCase() })
      expect(`${method} ${template} ${answer.status}`).toBe(`${method} ${template} 401`)
      expect(answer.headers.get('content-type')).toContain('application/problem+json')
    }
  })

  test('every changing route refuses a call without the CSRF token', async () => {
    for (const { method, template, operation } of operations) {
      if (!asksForSession(operation) || method === 'get') continue
      const answer = await fetch(linli.url + template.replace(/\{[^}]+\}/g, 'x'), { method: method.toUpperCase(), headers: { cookie: caller.cookie } })
      expect(`${method} ${template} ${answer.status}`).toBe(`${method} ${template} 403`)
    }
  })

  test('reading', async () => {
    await conforms('GET', await fetch(`${linli.url}/readyz`))
    await conforms('GET', await fetch(`${linli.url}/api/v1/session/ways`))
    for (const where of ['/api/v1/session', '/api/v1/overview', '/api/v1/taxonomy', '/api/v1/channels', '/api/v1/groups', '/api/v1/groups?state=waiting',
      '/api/v1/sessions', '/api/v1/session/second-factor', '/api/v1/api-keys', '/api/v1/audit', '/api/v1/audit?what=user&limit=1', '/api/v1/audit/export',
      '/api/v1/audit/export?format=ndjson',
      '/api/v1/leads?state=open,confirmed&limit=1']) {
      await conforms('GET', await caller.call('GET', where))
    }
    for (const where of ['/api/v1/leads?limit=0', '/api/v1/leads?state=nonsense', '/api/v1/leads?cursor=nonsense', '/api/v1/groups?state=x', '/api/v1/leads/nonsense', '/api/v1/audit?who=root', '/api/v1/audit/export?format=pdf',
      '/api/v1/leads/lead_0000000000001', '/api/v1/attachments/att_0000000000001', '/api/v1/demo']) {
      const answer = await caller.call('GET', where)
      expect([404, 422], where).toContain(answer.status)
      await conforms('GET', answer)
    }
  })

  test('a lead: looked at, confirmed, decided again, taken back, dismissed', async () => {
    const lead = await until('the leak is a lead', async () => {
      const page = await caller.get<any>('/api/v1/leads')
      return page.leads[0]
    })
    const card = await caller.call('GET', `/api/v1/leads/${lead.id}`)
    const etag = card.headers.get('etag')!
    const full = await conforms('GET', card)
    expect(full.category).toBe('water_leak')
    expect(full.messages.some((m: any) => m.in_lead && m.text.includes('漏水'))).toBe(true)
    expect(full.reasons.category.length).toBeGreaterThan(0)
    expect(full.promise.light).toBe('green')
    await conforms('GET', await caller.call('GET', `/api/v1/leads/${lead.id}/context?after=${full.messages[0].id}`))

    const act = (verb: string, body?: unknown, headers: Record<string, string> = {}) => caller.call('POST', `/api/v1/leads/${lead.id}/${verb}`, body, headers)
    expect((await conforms('POST', await act('confirm'))).code).toBe('precondition_required')
    expect((await conforms('POST', await act('dismiss', { reason: 'because' }, { 'if-match': etag }))).field).toBe('reason')
    const confirmed = await act('confirm', undefined, { 'if-match': etag, 'idempotency-key': 'once' })
    const next = confirmed.headers.get('etag')!
    expect(await conforms('POST', confirmed)).toMatchObject({ state: 'confirmed' })
    const again = await act('confirm', undefined, { 'if-match': etag, 'idempotency-key': 'once' })
    expect(await conforms('POST', again), 'the same key gets the first answer').toMatchObject({ state: 'confirmed' })
    const late = await act('dismiss', { reason: 'other' }, { 'if-match': etag })
    expect(late.status).toBe(409)
    const problem = await conforms('POST', late)
    expect(problem).toMatchObject({ code: 'already_decided', args: { what: 'confirmed' } })
    expect(problem.args.who).not.toBe('')
    const reopened = await act('reopen', undefined, { 'if-match': next })
    const open = reopened.headers.get('etag')!
    expect(await conforms('POST', reopened)).toMatchObject({ state: 'open', decided_by: { display_name: problem.args.who } })
    expect(await conforms('POST', await act('dismiss', { reason: 'settled', note: '物业已处理' }, { 'if-match': open }))).toMatchObject({ state: 'dismissed', dismiss_reason: 'settled' })
    const history = (await caller.get<any>(`/api/v1/leads/${lead.id}`)).history.map((h: any) => h.kind).filter((k: string) => k !== 'changed')
    expect(history).toEqual(['opened', 'confirmed', 'reopened', 'dismissed'])
  })

  test('a machine adding messages never makes a confirm fail', async () => {
    await linli.deliver('neighbours', secret, [said('north', '2-1-801阿杰', '我们2栋电梯坏了，卡在8楼不动', { group_name: '北苑群' })])
    const lead = await until('the lift is a lead', async () => (await caller.get<any>('/api/v1/leads')).leads.find((l: any) => l.groups[0].name === '北苑群'))
    const etag = (await caller.call('GET', `/api/v1/leads/${lead.id}`)).headers.get('etag')!
    await linli.deliver('neighbours', secret, [said('north', '2-1-1102小米', '2栋电梯真的坏了，我爬的楼梯')])
    await until('the message has joined', async () => (await caller.get<any>(`/api/v1/leads/${lead.id}`)).message_count > lead.message_count)
    expect((await caller.call('POST', `/api/v1/leads/${lead.id}/confirm`, undefined, { 'if-match': etag })).status).toBe(200)
  })

  test('leads put right: set by hand, split, merged back, moved, many at once', async () => {
    await linli.deliver('neighbours', secret, [
      said('south', '6-1-301何姐', '6栋1单元楼上漏水，天花板一直在滴水，物业来看看', { group_name: '南苑群' }, 60),
      said('south', '6-1-201老秦', '漏水漏到我家来了，6栋201墙都湿了', {}, 50),
      said('south', '6-1-301何姐', '还在漏水，物业人呢', {}, 40),
    ])
    const mine = async () => (await caller.get<any>('/api/v1/leads?state=open,confirmed')).leads.filter((l: any) => l.groups[0].name === '南苑群')
    const lead = await until('the leak is a lead of three messages', async () => (await mine()).find((l: any) => l.message_count === 3))
    const on = (id: string, method: string, what: string, version: number, body?: unknown) =>
      caller.call(method, `/api/v1/leads/${id}${what}`, body, { 'if-match': `"${version}"` })
    expect((await conforms('PATCH', await on(lead.id, 'PATCH', '', 0, { category: 'nonsense' }))).field).toBe('category')
    expect(await conforms('PATCH', await on(lead.id, 'PATCH', '', 0, { category: 'drainage', urgency: 3 }))).toMatchObject({ category: 'drainage', by_person: ['category', 'urgency'] })

    const card = await caller.get<any>(`/api/v1/leads/${lead.id}`)
    const own = card.messages.filter((m: any) => m.in_lead).map((m: any) => m.id)
    const parts = await conforms('POST', await on(lead.id, 'POST', '/split', 1, { messages: [own[1]] }))
    expect(parts).toMatchObject({ lead: { message_count: 2, decision_version: 2 }, other: { message_count: 1, state: 'open' } })
    await until('the machine has looked at the new one', async () => (await caller.get<any>(`/api/v1/leads/${parts.other.id}`)).category === 'water_leak')
    const like = await conforms('GET', await caller.call('GET', `/api/v1/leads/${parts.other.id}/similar`))
    expect(like.leads.map((l: any) => l.lead.id)).toContain(lead.id)
    const merged = await conforms('POST', await on(parts.other.id, 'POST', '/merge', 0, { into: lead.id }))
    expect(merged).toMatchObject({ lead: { state: 'merged', merged_into: lead.id }, other: { message_count: 3 } })
    await linli.deliver('neighbours', secret, [said('south', '6-1-201老秦', '漏水还没人来修，6栋201的墙又湿了')])
    await until('what follows goes to the survivor', async () => (await caller.get<any>(`/api/v1/leads/${lead.id}`)).message_count === 4)
    expect(await conforms('POST', await on(parts.other.id, 'POST', '/unmerge', 1))).toMatchObject({ lead: { state: 'open', message_count: 1 }, other: { message_count: 3 } })
    expect((await conforms('POST', await on(parts.other.id, 'POST', '/unmerge', 2))).code).toBe('not_in_state')
    expect(await conforms('POST', await on(lead.id, 'POST', `/messages/${own[2]}/move`, 2, { to: null }))).toMatchObject({ lead: { message_count: 2 }, other: null })
    expect(await conforms('POST', await on(lead.id, 'POST', `/messages/${own[2]}/move`, 3, { to: lead.id }))).toMatchObject({ lead: { message_count: 3 } })

    const many = { action: 'merge', into: lead.id, leads: [{ id: parts.other.id, decision_version: 2 }, { id: 'lead_0000000000001', decision_version: 0 }] }
    const dry = await conforms('POST', await caller.call('POST', '/api/v1/leads/bulk', { ...many, dry_run: true }))
    expect(dry).toMatchObject({ batch: null, done: 1, not_done: 1 })
    const done = await conforms('POST', await caller.call('POST', '/api/v1/leads/bulk', many))
    expect(done.leads[1]).toMatchObject({ done: false, problem: { code: 'unknown_lead' }, lead: null })
    expect(await conforms('POST', await caller.call('POST', `/api/v1/leads/bulk/${done.batch}/undo`))).toMatchObject({ done: 1, not_done: 0 })
    const left = await mine()
    expect(left.map((l: any) => l.message_count).sort()).toEqual([1, 3])
    const gone = left.map((l: any) => ({ id: l.id, decision_version: l.decision_version }))
    expect(await conforms('POST', await caller.call('POST', '/api/v1/leads/bulk', { action: 'dismiss', reason: 'settled', leads: gone }))).toMatchObject({ done: 2 })
    expect(await mine()).toEqual([])
  })

  test('channels and groups', async () => {
    const added = await conforms('POST', await caller.call('POST', '/api/v1/channels', { name: 'bridge', kind: 'webhook' }))
    expect(added.secret).toMatch(/^whsec_/)
    expect((await conforms('POST', await caller.call('POST', '/api/v1/channels', { name: 'bridge', kind: 'webhook' }))).code).toBe('name_taken')
    expect((await conforms('POST', await caller.call('POST', '/api/v1/channels', { name: 'No Spaces', kind: 'webhook' }))).field).toBe('name')

    const receipt = await linli.deliver('bridge', added.secret, [said('unknown', 'u1', '有人吗', { group_name: '新来的群' }), said('', 'u1', '单聊')])
    expect(receipt).toMatchObject({ new: 0, dropped: 2 })
    const waiting = (await caller.get<any>('/api/v1/groups?state=waiting')).groups
    expect(waiting).toHaveLength(1)
    expect(waiting[0]).toMatchObject({ name: '新来的群', dropped: 1, messages: 0 })
    const admitted = await conforms('POST', await caller.call('POST', `/api/v1/groups/${waiting[0].id}/admit`, {
      grid: '第1微网格', community: '东苑社区', street: '东苑街道', responsible: '东苑社区居委会', legal_basis: '居民公约第6条', places: ['东苑', '东苑1栋'],
    }))
    expect(admitted).toMatchObject({ state: 'admitted', community: '东苑社区' })
    expect(await linli.deliver('bridge', added.secret, [said('unknown', 'u1', '现在呢')])).toMatchObject({ new: 1, dropped: 0 })
    await conforms('POST', await caller.call('POST', `/api/v1/groups/${waiting[0].id}/refuse`))
    expect(await linli.deliver('bridge', added.secret, [said('unknown', 'u1', '又不读了')])).toMatchObject({ new: 0, dropped: 1 })
  })

  test('grids: planned, written, exported, changed; a group is bound to one', async () => {
    const send = (table: string, query = '') => caller.call('POST', `/api/v1/grids/import${query}`, undefined, { 'content-type': 'text/csv' }, table)
    const table = '编码,层级,名称,上级编码,地点\nD1,区县,清溪区,,\nS1,街道,清溪河街道,D1,\nC1,社区,荷塘社区,S1,荷塘苑1栋、荷塘苑2栋\nG1,微网格,第1微网格,C1,\n'
    expect(await conforms('POST', await send('code,name\n1,x\n'))).toMatchObject({ code: 'missing_field' })
    expect(await conforms('POST', await send(table.replace('社区,荷塘社区', '大队,荷塘社区')))).toMatchObject({
      applied: false, wrong: [{ line: 4, column: 'level', code: 'bad_value' }] })
    expect(await conforms('POST', await send(table))).toMatchObject({ applied: false, opened: 4, wrong_total: 0 })
    expect((await conforms('GET', await caller.call('GET', '/api/v1/grids'))).total).toBe(0)
    expect(await conforms('POST', await send(table, '?apply=true'))).toMatchObject({ applied: true, opened: 4 })
    expect(await conforms('POST', await send(table, '?apply=true'))).toMatchObject({ unchanged: 4, opened: 0 })

    const [root] = (await conforms('GET', await caller.call('GET', '/api/v1/grids'))).grids
    expect(root).toMatchObject({ code: 'D1', children: 1, line: [] })
    const [found] = (await conforms('GET', await caller.call('GET', `/api/v1/grids?q=${encodeURIComponent('荷塘')}`))).grids
    expect(found).toMatchObject({ code: 'C1', places: 2, line: [{ code: 'D1' }, { code: 'S1' }] })
    await conforms('GET', await caller.call('GET', `/api/v1/grids?parent=${found.id}&limit=1`))
    expect((await conforms('GET', await caller.call('GET', '/api/v1/grids?parent=grid_0000000000001'))).status).toBe(404)
    expect((await conforms('GET', await caller.call('GET', '/api/v1/grids?limit=0'))).field).toBe('limit')
    expect((await conforms('GET', await caller.call('GET', '/api/v1/grids/grid_0000000000001'))).status).toBe(404)

    const put = (body: unknown) => caller.call('PUT', '/api/v1/grids', body)
    const changed = await conforms('PUT', await put({ code: 'C1', level: 'community', name: '荷塘新社区' }))
    expect(changed).toMatchObject({ name: '荷塘新社区', places: ['荷塘苑1栋', '荷塘苑2栋'], line: [{ code: 'D1' }, { code: 'S1' }] })
    expect(changed.history.map((h: any) => h.kind)).toEqual(['changed', 'opened'])
    expect((await conforms('PUT', await put({ code: 'C1', level: 'village', name: 'x' }))).field).toBe('level')
    expect((await conforms('PUT', await put({ code: 'C2', level: 'city', name: 'x', parent: 'G1' }))).field).toBe('level')
    const exported = await caller.call('GET', '/api/v1/grids/export')
    expect(await conforms('GET', exported)).toContain('荷塘新社区')
    expect(exported.headers.get('content-disposition')).toContain('linli-grids.csv')
    expect((await caller.call('GET', '/api/v1/grids/export?format=xlsx')).status).toBe(200)
    expect((await conforms('GET', await caller.call('GET', '/api/v1/grids/export?format=pdf'))).field).toBe('format')

    const bound = await conforms('POST', await caller.call('POST', `/api/v1/groups/${(await caller.get<any>('/api/v1/groups?state=refused')).groups[0].id}/admit`,
      { grid_id: (await caller.get<any>('/api/v1/grids?q=G1')).grids[0].id, responsible: '荷塘社区居委会', legal_basis: '居民公约第6条' }))
    expect(bound).toMatchObject({ grid: '第1微网格', community: '荷塘新社区', street: '清溪河街道' })
    expect((await conforms('POST', await caller.call('POST', `/api/v1/groups/${bound.id}/admit`, { grid_id: 'grid_0000000000001', responsible: 'x', legal_basis: 'y' }))).field).toBe('grid_id')
  })

  test('people: added, given a role, changed, disabled', async () => {
    await caller.call('PUT', '/api/v1/grids', { code: 'P1', level: 'street', name: '望江街道' })
    const [grid] = (await caller.get<any>('/api/v1/grids?q=P1')).grids
    const added = await conforms('POST', await caller.call('POST', '/api/v1/users', { name: 'wang.min', display_name: '王敏', role: 'officer', grid_id: grid.id, phone: '13800000000' }))
    expect(added).toMatchObject({ phone: '13800000000', may_change: true, roles: [{ role: 'officer', grid: { code: 'P1' }, until: null, now: true, given_by: '管理员' }] })
    const path = `/api/v1/users/${added.id}`
    const given = await conforms('POST', await caller.call('POST', `${path}/roles`, { role: 'grid_head', grid_id: grid.id, from: '2099-01-01', until: '2099-02-01', deputy_for: null }))
    expect(given.roles[0]).toMatchObject({ role: 'grid_head', now: false, until: '2099-02-01' })
    expect((await conforms('DELETE', await caller.call('DELETE', `${path}/roles/${given.roles[0].id}`))).roles).toHaveLength(1)
    await conforms('GET', await caller.call('GET', '/api/v1/users?role=officer'))
    const seen = await caller.call('GET', path)
    const etag = seen.headers.get('etag')!
    await conforms('GET', seen)
    expect(await conforms('PUT', await caller.call('PUT', path, { disabled: true }, { 'if-match': etag }))).toMatchObject({ disabled_at: expect.any(String) })
    expect((await conforms('PUT', await caller.call('PUT', path, { disabled: false }, { 'if-match': etag }))).code).toBe('stale')
    expect((await conforms('PUT', await caller.call('PUT', path, {}))).code).toBe('precondition_required')
    for (const [body, code] of [[{ name: 'wang.min', display_name: 'x', role: 'agent' }, 'name_taken'], [{ name: '王', display_name: 'x', role: 'agent' }, 'bad_value']] as const)
      expect((await conforms('POST', await caller.call('POST', '/api/v1/users', body))).code).toBe(code)
    const { user } = await caller.get<any>('/api/v1/session')
    expect((await conforms('POST', await caller.call('POST', `/api/v1/users/${user.id}/roles`, { role: 'auditor' }))).code).toBe('not_allowed')
  })

  test('residents: the notice, members, opting out, erasure, retention', async () => {
    const [group] = (await caller.get<any>('/api/v1/groups?state=admitted')).groups
    const admitted = await conforms('POST', await caller.call('POST', `/api/v1/groups/${group.id}/admit`, { grid: '1', community: '东苑社区', street: '东街', responsible: '东苑社区居委会', legal_basis: '公告' }))
    const notice = await conforms('GET', await fetch(`${linli.url}/api/v1/notices/${admitted.notice.split('/').pop()}`))
    expect(notice).toMatchObject({ responsible: '东苑社区居委会', opt_out_words: '退出邻里', chatter_days: 30 })
    expect((await conforms('GET', await fetch(`${linli.url}/api/v1/notices/nobody`))).code).toBe('not_found')

    const rules = (await conforms('GET', await caller.call('GET', '/api/v1/member-rules'))).rules
    expect(rules.find((rule: any) => rule.contains === '物业')).toMatchObject({ role: 'property', grid: null })
    const rule = await conforms('POST', await caller.call('POST', '/api/v1/member-rules', { contains: '电工', role: 'property' }))
    await conforms('DELETE', await caller.call('DELETE', `/api/v1/member-rules/${rule.id}`))
    expect((await conforms('DELETE', await caller.call('DELETE', `/api/v1/member-rules/${rule.id}`))).code).toBe('not_found')
    for (const body of [{ role: 'property' }, { contains: 'x', role: 'king' }, { message: 'nonsense', role: 'property' }])
      await conforms('POST', await caller.call('POST', '/api/v1/member-rules', body))

    expect(await linli.deliver('neighbours', secret, [said('north', '5-1-101赵婶', '我们单元楼道灯坏了，晚上黑黢黢的，麻烦来修一下'), said('north', '6-1-101钱叔', '退出邻里'), said('north', '6-1-101钱叔', '今天吃啥子')]))
      .toMatchObject({ new: 1, dropped: 2 })
    const lead = await until('the lamp is a lead', async () => (await caller.get<any>('/api/v1/leads')).leads.find((l: any) => l.summary.includes('楼道灯')))
    const { messages } = await caller.get<any>(`/api/v1/leads/${lead.id}`)
    const { id } = messages.find((m: any) => m.text.includes('楼道灯'))
    const asked = await conforms('POST', await caller.call('POST', '/api/v1/privacy/erasures', { message: id }))
    expect(asked).toEqual({ messages: 1, attachments: 0, leads: 1, erased: false })
    expect(await conforms('POST', await caller.call('POST', '/api/v1/privacy/erasures', { message: id, apply: true, opt_out: true }))).toMatchObject({ erased: true })
    expect((await conforms('POST', await caller.call('POST', '/api/v1/privacy/erasures', { message: id }))).code).toBe('not_found')
    expect(JSON.stringify(await caller.get<any>(`/api/v1/leads/${lead.id}`))).not.toContain('黑黢黢')
    expect(await conforms('GET', await caller.call('GET', '/api/v1/privacy/report'))).toMatchObject({ opt_outs: 2, leads_emptied: 1, last_year: { erasures: 1 } })

    const kept = await caller.call('GET', '/api/v1/privacy/retention')
    const etag = kept.headers.get('etag')!
    await conforms('GET', kept)
    expect((await conforms('PUT', await caller.call('PUT', '/api/v1/privacy/retention', { chatter_days: 14, lead_days: 400 }))).code).toBe('precondition_required')
    await conforms('PUT', await caller.call('PUT', '/api/v1/privacy/retention', { chatter_days: 14, lead_days: 400 }, { 'if-match': etag }))
    expect((await conforms('POST', await caller.call('POST', `/api/v1/leads/${lead.id}/reveal`, { reason: '住户来电' }))).code).toBe('not_allowed')
  })

  test('the model server: set, tried, counted, a proposal', async () => {
    const model = await ModelServer.start()
    try {
      const kept = await caller.call('GET', '/api/v1/assist/server')
      const etag = kept.headers.get('etag')!
      expect(await conforms('GET', kept)).toMatchObject({ base_url: null, has_key: false })
      const body = { base_url: model.url, model: 'm', key: 'sk', own_machine: false, daily_tokens: 100_000, deadline_seconds: 10, tasks: ['refine', 'judge'] }
      expect((await conforms('POST', await caller.call('POST', '/api/v1/assist/server/test'))).code).toBe('model_server_off')
      expect((await conforms('PUT', await caller.call('PUT', '/api/v1/assist/server', body))).code).toBe('precondition_required')
      expect((await conforms('PUT', await caller.call('PUT', '/api/v1/assist/server', { ...body, base_url: 'nonsense' }, { 'if-match': etag }))).code).toBe('bad_value')
      expect(await conforms('PUT', await caller.call('PUT', '/api/v1/assist/server', body, { 'if-match': etag }))).toMatchObject({ has_key: true })
      expect((await conforms('PUT', await caller.call('PUT', '/api/v1/assist/server', body, { 'if-match': etag }))).code).toBe('stale')
      expect(await conforms('POST', await caller.call('POST', '/api/v1/assist/server/test'))).toMatchObject({ form: 'json_schema', model: 'stand-in-7b' })
      await linli.deliver('neighbours', secret, [said('north', '3-2-1502李姐', '3栋2单元楼上又在漏水，天花板都湿透了')])
      const lead = await until('the leak is a lead', async () => (await caller.get<any>('/api/v1/leads')).leads.find((l: any) => l.summary.includes('漏水')))
      const proposed = await until('a proposal', async () => { const p = await caller.get<any>(`/api/v1/leads/${lead.id}/proposal`); return p.refined && p })
      expect(await conforms('GET', await caller.call('GET', `/api/v1/leads/${lead.id}/proposal`))).toEqual(proposed)
      expect((await conforms('GET', await caller.call('GET', '/api/v1/leads/lead_0000000000001/proposal'))).code).toBe('unknown_lead')
      model.fault = 'key'
      expect((await conforms('POST', await caller.call('POST', '/api/v1/assist/server/test'))).code).toBe('model_server_refused')
      expect(await conforms('GET', await caller.call('GET', '/api/v1/assist/usage'))).toMatchObject({ health: { state: 'failing', breaker: 'open', failure: 'refused' } })
      const now = (await caller.call('GET', '/api/v1/assist/server')).headers.get('etag')!
      await conforms('PUT', await caller.call('PUT', '/api/v1/assist/server', { ...body, base_url: null, model: null, key: null }, { 'if-match': now }))
    } finally {
      await model.close()
    }
  })

  test('calendar, roster, swaps, who is on duty', async () => {
    expect((await conforms('GET', await caller.call('GET', '/api/v1/calendar?from=2026-10-01&to=2026-10-31'))).days).toHaveLength(8)
    expect((await conforms('GET', await caller.call('GET', '/api/v1/calendar?from=x'))).field).toBe('from')
    expect((await conforms('PUT', await caller.call('PUT', '/api/v1/calendar', { days: [{ date: '2030-01-01', kind: 'holiday', name: '元旦' }], hours: [{ from: '09:00', to: '17:30' }] }))).hours).toHaveLength(1)
    expect((await conforms('PUT', await caller.call('PUT', '/api/v1/calendar', { days: [{ date: 'x', kind: 'holiday' }] }))).field).toBe('days[0].date')
    const table = (rows: string, query = '') => caller.call('POST', `/api/v1/calendar/import${query}`, undefined, { 'content-type': 'text/csv' }, `日期,类型,名称\n${rows}`)
    expect(await conforms('POST', await table('2030-01-01,上班,x\n2030-01-02,调休,x\n'))).toMatchObject({ applied: false, changed: 1, wrong: [{ line: 3, column: 'kind' }] })
    expect(await conforms('POST', await table('2030-01-02,放假,元旦\n', '?apply=true'))).toMatchObject({ applied: true, added: 1 })
    expect((await conforms('POST', await caller.call('POST', '/api/v1/calendar/import', undefined, { 'content-type': 'text/csv' }, 'a,b\n'))).code).toBe('missing_field')

    await caller.call('PUT', '/api/v1/grids', { code: 'R1', level: 'street', name: '柳荫街道' })
    const [grid] = (await caller.get<any>('/api/v1/grids?q=R1')).grids
    const add = async (name: string) => (await (await caller.call('POST', '/api/v1/users', { name, display_name: name, role: 'officer', grid_id: grid.id, phone: '13800000001' })).json()).id
    const one = await add('he.jing')
    const two = await add('luo.fan')
    const hour = (n: number) => new Date(Date.now() + n * 3_600_000).toISOString()
    const shift = { grid_id: grid.id, duty: 'officer', user_id: one, from: hour(-1), to: hour(5) }
    const added = await caller.call('POST', '/api/v1/roster/shifts', shift)
    const { id } = await conforms('POST', added)
    expect((await conforms('POST', await caller.call('POST', '/api/v1/roster/shifts', { ...shift, to: hour(-2) }))).field).toBe('to')
    await conforms('PUT', await caller.call('PUT', `/api/v1/roster/shifts/${id}`, shift, { 'if-match': added.headers.get('etag')! }))
    expect((await conforms('PUT', await caller.call('PUT', `/api/v1/roster/shifts/${id}`, shift, { 'if-match': added.headers.get('etag')! }))).code).toBe('stale')
    const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'holiday']
    const pattern = { grid_id: grid.id, duty: 'on_call', user_id: two, days, from: '18:00', to: '09:00' }
    const weekly = await caller.call('POST', '/api/v1/roster/patterns', pattern)
    const { id: weeklyId } = await conforms('POST', weekly)
    expect((await conforms('POST', await caller.call('POST', '/api/v1/roster/patterns', { ...pattern, days: ['feast'] }))).field).toBe('days')
    const swap = await conforms('POST', await caller.call('POST', `/api/v1/roster/shifts/${id}/swap`, { user_id: two, order: true }))
    expect(swap).toMatchObject({ state: 'accepted', ordered: true, may: ['cancel'] })
    await conforms('POST', await caller.call('POST', `/api/v1/roster/swaps/${swap.id}/accept`))
    await conforms('POST', await caller.call('POST', `/api/v1/roster/swaps/${swap.id}/decline`))
    await conforms('GET', await caller.call('GET', '/api/v1/roster/swaps'))
    expect((await conforms('GET', await caller.call('GET', '/api/v1/roster/swaps?state=x'))).field).toBe('state')
    const absence = await conforms('POST', await caller.call('POST', '/api/v1/roster/absences', { user_id: one, from: hour(0), to: hour(30) }))
    const roster = await conforms('GET', await caller.call('GET', `/api/v1/roster?grid=${grid.id}`))
    expect(roster.shifts[0]).toMatchObject({ person: { display_name: 'luo.fan' }, planned: { display_name: 'he.jing' } })
    const duty = await conforms('GET', await caller.call('GET', `/api/v1/duty/now?grid=${grid.id}&duty=officer`))
    expect(duty.people).toMatchObject([{ reason: 'swap', phone: '13800000001' }])
    expect((await conforms('GET', await caller.call('GET', '/api/v1/duty/now'))).field).toBe('grid')
    await conforms('POST', await caller.call('POST', `/api/v1/roster/swaps/${swap.id}/cancel`))
    const { gaps } = await conforms('GET', await caller.call('GET', '/api/v1/roster/gaps'))
    expect(gaps.map((g: any) => g.kind)).toContain('absent')
    expect((await caller.call('DELETE', `/api/v1/roster/absences/${absence.id}`)).status).toBe(204)
    for (const where of [`shifts/${id}`, `patterns/${weeklyId}`]) {
      await conforms('DELETE', await caller.call('DELETE', `/api/v1/roster/${where}`))
      expect((await conforms('DELETE', await caller.call('DELETE', `/api/v1/roster/${where}`))).status).toBe(404)
    }
  })

  test('routing: a rule, a lead that is put elsewhere, why', async () => {
    await caller.call('POST', '/api/v1/grids/import?apply=true', undefined, { 'content-type': 'text/csv' },
      '编码,层级,名称,上级编码,地点\nT1,社区,杏林社区,,\nT11,微网格,第1微网格,T1,杏林苑、杏林苑1栋\nT12,微网格,第2微网格,T1,杏林苑6栋\n')
    const grid = async (code: string) => (await caller.get<any>(`/api/v1/grids?q=${code}`)).grids[0].id
    const put = (body: unknown) => caller.call('PUT', '/api/v1/routing/rules', body)
    const rule = await conforms('PUT', await put({ grid_id: await grid('T1'), category: 'water_leak', target: 'unit', unit: { name: '杏林物业', kind: 'property', contact: '028-00000000' } }))
    await conforms('PUT', await put({ domain: 'utility', target: 'grid_head', also_street: true }))
    expect((await conforms('PUT', await put({ target: 'unit' }))).field).toBe('unit')
    expect((await conforms('GET', await caller.call('GET', `/api/v1/routing/rules?grid=${await grid('T11')}`))).rules).toHaveLength(2)
    await conforms('GET', await caller.call('GET', '/api/v1/routing/rules'))

    await linli.deliver('neighbours', secret, [said('xing', '杏林苑住户', '群里有人吗', { group_name: '杏林苑群' })])
    const group = (await caller.get<any>('/api/v1/groups')).groups.find((g: any) => g.name === '杏林苑群')
    await caller.call('POST', `/api/v1/groups/${group.id}/admit`, { grid_id: await grid('T11'), responsible: '杏林社区居委会', legal_basis: '居民公约第6条' })
    await linli.deliver('neighbours', secret, [said('xing', '6-2-1502何姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下', { group_name: '杏林苑群' })])
    const lead = await until('the leak is a lead', async () => (await caller.get<any>('/api/v1/leads')).leads.find((l: any) => l.groups[0].name === '杏林苑群'))
    expect(lead.grid).toMatchObject({ code: 'T12' })
    const explained = await conforms('GET', await caller.call('GET', `/api/v1/routing/explain?lead=${lead.id}`))
    expect(explained).toMatchObject({ by: 'place', grid: { code: 'T12' }, unit: { name: '杏林物业' } })
    const move = (body: unknown, seen: number) => caller.call('PUT', `/api/v1/leads/${lead.id}/grid`, body, { 'if-match': `"${seen}"` })
    expect((await conforms('PUT', await move({}, 0))).field).toBe('grid_id')
    expect(await conforms('PUT', await move({ grid_id: await grid('T11') }, 0))).toMatchObject({ grid: { code: 'T11' }, decision_version: 1 })
    expect((await conforms('PUT', await move({ grid_id: await grid('T12') }, 0))).code).toBe('stale')
    expect((await conforms('GET', await caller.call('GET', `/api/v1/routing/explain?lead=${lead.id}`))).by).toBe('person')
    expect(await conforms('GET', await caller.call('GET', `/api/v1/routing/explain?group=${group.id}&text=${encodeURIComponent('杏林苑六栋2单元301')}`))).toMatchObject({ by: 'correction', grid: { code: 'T11' } })
    const { corrections } = await conforms('GET', await caller.call('GET', '/api/v1/routing/corrections'))
    expect(corrections).toMatchObject([{ community: '杏林社区', lead: lead.id }])
    await conforms('GET', await caller.call('GET', `/api/v1/leads/${lead.id}`))
    await conforms('DELETE', await caller.call('DELETE', `/api/v1/routing/corrections/${corrections[0].id}`))
    expect((await conforms('DELETE', await caller.call('DELETE', `/api/v1/routing/corrections/${corrections[0].id}`))).status).toBe(404)
    expect(await conforms('PUT', await move({ grid_id: null }, 1))).toMatchObject({ grid: { code: 'T12' } })
    await conforms('DELETE', await caller.call('DELETE', `/api/v1/routing/rules/${rule.id}`))
    expect((await conforms('GET', await caller.call('GET', '/api/v1/routing/explain'))).code).toBe('missing_field')
  })

  test('the knowledge base: written, found, changed, withdrawn; files; gaps', async () => {
    const base = '/api/v1/knowledge'
    const entry = { title: '停水了怎么问', questions: ['为什么停水'], answer: '看单元门口的通知', sources: [{ title: '手册（演示）', link: 'https://example.org' }], state: 'published', valid_to: '2099-12-31', category: 'water_outage' }
    const made = await conforms('POST', await caller.call('POST', base, entry))
    expect(made).toMatchObject({ title: entry.title, grid: null, revision: 1, valid: true, may_change: true })
    expect((await conforms('POST', await caller.call('POST', base, { ...entry, sources: [] }))).field).toBe('sources')
    expect((await conforms('GET', await caller.call('GET', `${base}?q=${encodeURIComponent('停水')}&limit=10`))).entries).toHaveLength(1)
    expect((await conforms('GET', await caller.call('GET', `${base}?state=old`))).code).toBe('bad_value')
    const offers = await conforms('GET', await caller.call('GET', `${base}/search?q=${encodeURIComponent('咋个没得水了')}`))
    expect(offers).toMatchObject({ offers: [{ entry: { id: made.id }, words: expect.arrayContaining(['没得水']) }] })
    expect((await conforms('GET', await caller.call('GET', `${base}/search`))).code).toBe('missing_field')
    await conforms('GET', await caller.call('GET', `${base}/${made.id}`))
    const put = (seen: number) => caller.call('PUT', `${base}/${made.id}`, { ...entry, title: '停水问谁' }, { 'if-match': `"${seen}"` })
    expect(await conforms('PUT', await put(1))).toMatchObject({ title: '停水问谁', revision: 2 })
    expect((await conforms('PUT', await put(1))).code).toBe('stale')
    const load = (query: string, text: string) => caller.call('POST', `${base}/import${query}`, undefined, { 'content-type': 'text/csv' }, text)
    expect(await conforms('POST', await load('', '标题,答案,网格\n停电,打电话,\n停气,打电话,nowhere\n'))).toMatchObject({ applied: false, wrong_total: 1, wrong: [{ line: 3, column: 'grid' }] })
    expect(await conforms('POST', await load('?apply=true', '标题,答案\n停电,打电话\n'))).toMatchObject({ applied: true, added: 1 })
    expect((await conforms('POST', await load('', '标题\n停电\n'))).code).toBe('missing_field')
    for (const format of ['csv', 'xlsx']) await conforms('GET', await caller.call('GET', `${base}/export?format=${format}`))
    await conforms('GET', await caller.call('GET', `${base}/gaps`))
    expect((await conforms('DELETE', await caller.call('DELETE', `${base}/gaps/gap_0000000000000`))).status).toBe(404)
    const withdraw = (seen: number) => caller.call('DELETE', `${base}/${made.id}`, undefined, { 'if-match': `"${seen}"` })
    expect((await conforms('DELETE', await caller.call('DELETE', `${base}/${made.id}`))).code).toBe('precondition_required')
    expect(await conforms('DELETE', await withdraw(2))).toMatchObject({ state: 'withdrawn', revision: 3 })
    expect((await conforms('GET', await caller.call('GET', `${base}/know_0000000000000`))).status).toBe(404)
  })

  test('a batch: broken messages are refused singly, the same again is known', async () => {
    const good = said('east', 'u1', '今天天气不错')
    const batch = [good, { ...said('east', 'u2', 'x'), ts: 'yesterday' }, { id: 'only-an-id' }, said('east', 'u3', 'nul \u0000 in it')]
    const receipt = await conforms('POST', await linli.post('neighbours', secret, batch))
    expect(receipt).toMatchObject({ new: 1, known: 0 })
    expect(receipt.refused.map((r: any) => [r.index, r.code])).toEqual([[1, 'bad_time'], [2, 'missing_field'], [3, 'nul_character']])
    for (const refusal of receipt.refused) expect(refusal.remedy).not.toBe('')
    expect(await linli.deliver('neighbours', secret, [good])).toMatchObject({ new: 0, known: 1 })
    const lines = `${JSON.stringify(said('east', 'u1', '一'))}\n${JSON.stringify(said('east', 'u1', '二'))}\n`
    expect(await conforms('POST', await linli.post('neighbours', secret, lines, { 'content-type': 'application/x-ndjson' }))).toMatchObject({ new: 2 })
  })

  test('signatures, types and sizes', async () => {
    const body = JSON.stringify(said('east', 'u1', '三'))
    const post = (headers: Record<string, string>, text = body, channel = 'neighbours') =>
      fetch(`${linli.url}/api/v1/channels/${channel}/messages`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: text })
    expect((await conforms('POST', await post({}))).code).toBe('bad_signature')
    expect((await conforms('POST', await post(sign('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', body)))).code).toBe('bad_signature')
    expect((await conforms('POST', await post(sign(secret, body, Math.floor(Date.now() / 1000) - 301)))).code).toBe('signature_too_old')
    expect((await conforms('POST', await post(sign(secret, body), `${body} `))).code).toBe('bad_signature')
    expect((await conforms('POST', await post(sign(secret, body), body, 'nobody'))).status).toBe(404)
    expect((await conforms('POST', await post({ ...sign(secret, body), 'content-type': 'text/xml' }))).status).toBe(415)
    expect((await conforms('POST', await post(sign(secret, '[{'), '[{'))).code).toBe('bad_json')
    const many = JSON.stringify(Array.from({ length: 5001 }, () => ({})))
    expect((await conforms('POST', await post(sign(secret, many), many))).code).toBe('too_many_messages')
    const large = JSON.stringify(said('east', 'u1', 'x'.repeat(4 << 20)))
    expect((await post(sign(secret, large), large).catch(() => ({ status: 413 })) as Response).status).toBe(413)
  })

  test('sessions, links, API keys', async () => {
    const { user } = await caller.get<any>('/api/v1/session')
    expect((await conforms('POST', await caller.call('POST', `/api/v1/users/${user.id}/link`))).code, 'nobody makes a link for themselves').toBe('not_allowed')
    const colleague = await (await caller.call('POST', '/api/v1/users', { name: 'lost.link', display_name: '小林', role: 'agent' })).json()
    const link = await conforms('POST', await caller.call('POST', `/api/v1/users/${colleague.id}/link`))
    expect(link.path).toMatch(/^\/sign-in#/)
    expect((await conforms('POST', await caller.call('POST', '/api/v1/users/usr_0000000000001/link'))).code).toBe('unknown_user')
    await conforms('POST', await fetch(`${linli.url}/api/v1/session/link`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token: link.path.slice(9) }) }))
    await Caller.signIn(linli, linli.command('user', 'link', 'admin').trim())
    const { sessions } = await conforms('GET', await caller.call('GET', '/api/v1/sessions'))
    const other = sessions.find((one: any) => !one.current)
    await conforms('DELETE', await caller.call('DELETE', `/api/v1/sessions/${other.id}`))
    expect((await conforms('DELETE', await caller.call('DELETE', `/api/v1/sessions/${other.id}`))).code).toBe('not_found')

    const expires_at = new Date(Date.now() + 86_400_000).toISOString()
    expect((await conforms('POST', await caller.call('POST', '/api/v1/api-keys', { name: 'bridge', roles: [], expires_at }))).field).toBe('roles')
    const key = await conforms('POST', await caller.call('POST', '/api/v1/api-keys', { name: 'bridge', roles: ['administrator'], expires_at }))
    expect(key.token).toMatch(/^linli_/)
    const use = (where: string) => fetch(`${linli.url}${where}`, { headers: { authorization: `Bearer ${key.token}` } })
    expect((await conforms('GET', await use('/api/v1/leads'))).total).toBe((await caller.get<any>('/api/v1/leads')).total)
    expect((await conforms('GET', await use('/api/v1/sessions'))).code).toBe('needs_person')
    await conforms('DELETE', await caller.call('DELETE', `/api/v1/api-keys/${key.id}`))
    expect((await conforms('GET', await use('/api/v1/leads'))).code).toBe('bad_api_key')
  })

  test('a second factor: set up, asked for, turned off', async () => {
    const where = '/api/v1/session/second-factor'
    const setup = await conforms('POST', await caller.call('POST', `${where}/setup`, {}))
    expect((await conforms('PUT', await caller.call('PUT', where, { code: '000000x' }))).code).toBe('bad_code')
    const code = (later = 0) => totp(setup.secret, later)
    const { recovery_codes } = await conforms('PUT', await caller.call('PUT', where, { code: code(-1) }))
    expect((await conforms('POST', await caller.call('POST', `${where}/setup`, {}))).code).toBe('second_factor_on')
    const post = (at: string, body: unknown) => fetch(`${linli.url}${at}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    for (const given of [code(), recovery_codes[0]]) {
      const first = await post('/api/v1/session/link', { token: linli.command('user', 'link', 'admin').match(/#(\S+)/)![1] })
      expect(first.status).toBe(202)
      const { pending_token } = await conforms('POST', first)
      expect((await conforms('POST', await post(where, { pending_token, code: '000000' }))).code).toBe('bad_code')
      expect((await conforms('POST', await post(where, { pending_token, code: given }))).user.name).toBe('admin')
      expect((await conforms('POST', await post(where, { pending_token, code: code(1) }))).code).toBe('sign_in_expired')
    }
    expect((await conforms('GET', await caller.call('GET', where))).recovery_codes_left).toBe(9)
    await conforms('POST', await caller.call('POST', `${where}/recovery-codes`, {}))
    await conforms('POST', await caller.call('POST', `${where}/off`, {}))
    const { user } = await caller.get<any>('/api/v1/session')
    await conforms('DELETE', await caller.call('DELETE', `/api/v1/users/${user.id}/second-factor`))
    expect(linli.command('audit', 'verify')).toContain('whole')
  })

  test('sign-in: link once, password, sign out', async () => {
    const link = linli.command('user', 'link', 'admin').match(/#(\S+)/)![1]
    const open = (where: string, body: unknown) => fetch(`${linli.url}${where}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const first = await open('/api/v1/session/link', { token: link })
    const cookie = first.headers.get('set-cookie')!
    expect(cookie).toMatch(/HttpOnly/i)
    expect(cookie).toMatch(/SameSite=(Lax|Strict)/i)
    const session = await conforms('POST', first)
    expect(session.by_link).toBe(true)
    expect((await conforms('POST', await open('/api/v1/session/link', { token: link }))).code).toBe('link_used')
    const signedIn = { cookie: cookie.split(';')[0]!, 'x-csrf-token': session.csrf_token, 'content-type': 'application/json' }
    const set = await fetch(`${linli.url}/api/v1/session/password`, { method: 'PUT', headers: signedIn, body: JSON.stringify({ password: '荷塘边的第七棵柳树' }) })
    expect(set.status).toBe(422)  // nine characters
    await conforms('PUT', set)
    await conforms('PUT', await fetch(`${linli.url}/api/v1/session/password`, { method: 'PUT', headers: signedIn, body: JSON.stringify({ password: '荷塘边的第七棵老柳树' }) }))
    expect((await conforms('POST', await open('/api/v1/session', { name: 'admin', password: 'wrong' }))).code).toBe('bad_credentials')
    expect((await conforms('POST', await open('/api/v1/session', { name: 'nobody', password: 'wrong' }))).code).toBe('bad_credentials')
    await conforms('POST', await open('/api/v1/session', { name: 'admin', password: '荷塘边的第七棵老柳树' }))
    await conforms('DELETE', await fetch(`${linli.url}/api/v1/session`, { method: 'DELETE', headers: signedIn }))
    expect((await fetch(`${linli.url}/api/v1/session`, { headers: signedIn })).status).toBe(401)
  })
})

test('the stream resumes where it was cut', async () => {
  const linli = await Linli.start()
  try {
    const secret = linli.addChannel('neighbours', '--admit-all')
    const caller = await Caller.signIn(linli)
    const read = async (after: string | undefined, count: number) => {
      const cut = new AbortController()
      const answer = await fetch(`${linli.url}/api/v1/stream`, { signal: cut.signal, headers: { cookie: caller.cookie, ...(after ? { 'last-event-id': after } : {}) } })
      expect(answer.headers.get('content-type')).toContain('text/event-stream')
      const events: { id: string; data: any }[] = []
      let buffer = ''
      for await (const chunk of answer.body!) {
        buffer += new TextDecoder().decode(chunk as Uint8Array)
        for (const block of buffer.split('\n\n').slice(0, -1)) {
          const data = /^data: (.*)$/m.exec(block)?.[1]
          if (data && /^event: lead$/m.test(block)) events.push({ id: /^id: (.*)$/m.exec(block)![1]!, data: JSON.parse(data) })
        }
        buffer = buffer.slice(buffer.lastIndexOf('\n\n') + 2)
        if (events.length >= count) break
      }
      cut.abort()
      return events
    }
    await linli.deliver('neighbours', secret, [said('east', '3-2-1502周姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下')])
    const [first] = await read('0', 1)
    const validate = ajv.getSchema('openapi#/components/schemas/LeadEvent')!
    expect(validate(first!.data), ajv.errorsText(validate.errors)).toBe(true)
    await linli.deliver('neighbours', secret, [said('west', '5-1-1203老郑', '5栋停电了，整栋楼都黑了')])
    const [second] = await read(first!.id, 1)
    expect(second!.data.kind).toBe('lead.opened')
    expect(second!.data.lead.category).toBe('power_outage')
  } finally {
    await linli.clear()
  }
})
