// A leak, from the chat to the stars: the asker's link, the officer's picture, is it fixed, not yet, fixed. And the form:
// a report becomes a lead as any message does, is known to the next who reports, and turns into its case's page.
import { expect, test } from '@playwright/test'
import { conforms } from '../support/contract'
import { district, type District } from '../support/district'
import { Linli, until } from '../support/linli'

interface Lead { id: string; summary: string; place: string; decision_version: number; category: string }
interface Case { id: string; number: string; state: string; version: number; contact: { phone: string } | null; timeline: { kind: string; note: string | null; files: { id: string }[] }[] }

// 2 x 1 pixels, of our own making.
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAADUlEQVR4nGP4zwAE/wEHAAH/4iOeWQAAAABJRU5ErkJggg==', 'base64')

let linli: Linli
let there: District
test.beforeAll(async () => {
  linli = await Linli.start({ env: { LINLI_RESIDENTS_URL: 'https://residents.example/r/' } })
  there = await district(linli)
  expect((await there.admin.call('PUT', '/api/v1/residents/policy', { name: '清溪河街道', phones: [{ name: '值班', number: '028-5550100' }], form_open: true, tell_progress: true }, { 'if-match': '"0"' })).status).toBe(200)
})
test.afterAll(() => linli.clear())

const open = (method: string, where: string, body?: object, headers: Record<string, string> = {}) =>
  fetch(`${linli.url}/api/v1/public${where}`, { method, headers: { 'content-type': 'application/json', 'accept-language': 'zh', ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) })
async function page(method: string, where: string, body?: object) {
  const answer = await open(method, where, body)
  expect(answer.status, `${method} ${where}`).toBe(200)
  return conforms(method, answer)
}
async function picture(): Promise<string> {
  const sent = await fetch(`${linli.url}/api/v1/public/files`, { method: 'POST', headers: { 'content-type': 'image/png' }, body: png })
  expect(sent.status).toBe(201)
  return (await conforms('POST', sent)).key as string
}
const leadOf = (words: string) => until(`a lead about ${words}`, async () =>
  (await there.admin.get<{ leads: Lead[] }>('/api/v1/leads')).leads.find((each) => each.summary.includes(words)))
async function dispatch(lead: Lead, body: object = {}): Promise<Case> {
  const answer = await there.admin.call('POST', `/api/v1/leads/${lead.id}/dispatch`, body, { 'if-match': `"${lead.decision_version}"` })
  expect(answer.status).toBe(201)
  return ((await conforms('POST', answer)) as { case: Case }).case
}
async function act(made: Case, body: object): Promise<Case> {
  const answer = await there.admin.call('POST', `/api/v1/cases/${made.id}/actions`, body, { 'if-match': `"${made.version}"` })
  expect(answer.status, JSON.stringify(body)).toBe(200)
  return (await conforms('POST', answer)) as Case
}
const codes = (shown: { timeline: { code: string }[] }) => shown.timeline.map((step) => step.code)

test('a leak, from the chat to the stars', async () => {
  let made = await dispatch(await leadOf('漏水'), { tell: { text: '已派人，马上来', way: 'group', link: true } })
  const link = await until('words with the link wait to be copied', async () => {
    const { outgoing } = await there.admin.get<{ outgoing: { text: string }[] }>('/api/v1/outgoing')
    return outgoing.map((each) => /https:\/\/residents\.example\/r\/\?t=(\S+)/.exec(each.text)?.[1]).find(Boolean)
  }, 20_000)
  let shown = await page('GET', `/cases/${link}`)
  expect(shown.state.code).toBe('assigned')
  expect(shown.office).toBe('荷塘社区')
  expect(JSON.stringify(shown)).not.toMatch(/周姐|1502|天花板/)

  made = await act(made, { action: 'accept' })
  shown = await page('POST', `/cases/${link}/notes`, { text: '厨房也在滴', files: [await picture()] })
  expect(codes(shown)).toEqual(['received', 'assigned', 'accepted', 'noted'])
  const own = await fetch(linli.url + shown.timeline.at(-1).files[0].url)
  expect(own.headers.get('content-type')).toBe('image/jpeg')
  made = (await there.admin.get<Case>(`/api/v1/cases/${made.id}`))
  expect(made.timeline.at(-1)).toMatchObject({ kind: 'resident_note', note: '厨房也在滴' })
  const file = await there.admin.call('GET', `/api/v1/files/${made.timeline.at(-1)!.files[0]!.id}`)
  expect(file.status).toBe(200)

  const sent = await fetch(`${linli.url}/api/v1/files?name=done.png`, { method: 'POST', headers: { cookie: there.admin.cookie, 'x-csrf-token': there.admin.csrf, 'content-type': 'image/png' }, body: png })
  expect(sent.status).toBe(201)
  const done = (await conforms('POST', sent)) as { id: string }
  made = await act(made, { action: 'report_done', note: '换了水管', files: [done.id], files_shown: true })
  expect((await page('GET', `/cases/${link}`)).timeline.at(-1)).toMatchObject({ code: 'done', files: [{ width: 2, height: 1 }] })
  shown = await page('POST', `/cases/${link}/rating`, { fixed: false, text: '还在滴' })
  expect(shown.state.code).toBe('assigned')
  made = await act(await there.admin.get<Case>(`/api/v1/cases/${made.id}`), { action: 'accept' })
  made = await act(made, { action: 'report_done', note: '又换了一段' })
  shown = await page('POST', `/cases/${link}/rating`, { fixed: true, stars: 5, text: '谢谢' })
  expect(shown.state.code).toBe('closed')
  expect(shown.stars).toBe(5)
  expect(shown.may).toEqual(['rate', 'reopen'])
  expect(codes(shown)).toEqual(['received', 'assigned', 'accepted', 'noted', 'done', 'reopened', 'accepted', 'done', 'closed'])
  expect((await there.admin.get<Case>(`/api/v1/cases/${made.id}`)).state).toBe('closed')

  await test.step('a file that is none, a link that is none', async () => {
    const refused = await fetch(`${linli.url}/api/v1/public/files`, { method: 'POST', headers: { 'content-type': 'image/png' }, body: '<svg onload=alert(1)>' })
    expect((await conforms('POST', refused)).code).toBe('file_refused')
    expect((await conforms('GET', await open('GET', '/cases/AAAAAAAAAAAAAAAAAAAAAA'))).code).toBe('not_found')
  })
})

test('a report by the form, its lead, its case', async () => {
  const office = await page('GET', '/office')
  expect(office.communities.map((each: { name: string }) => each.name)).toContain('荷塘社区')
  expect((await conforms('POST', await open('POST', '/reports', { text: '好', place: '不知道' }))).code).toBe('unknown_place')
  const report = { text: '你好', place: '荷塘苑7栋', community: 'QX01', contact_name: '何叔', contact_phone: '13800004321', files: [await picture()] }
  const taken = await open('POST', '/reports', report, { 'idempotency-key': 'one' })
  expect(taken.status).toBe(201)
  const { token } = await conforms('POST', taken)
  // Whatever is written: nobody fills in a form to chat.
  const lead = await until('the report is a lead', async () =>
    (await there.admin.get<{ leads: Lead[] }>('/api/v1/leads')).leads.find((each) => each.summary.includes('7栋') || each.place?.includes('7栋')))
  expect((await page('GET', `/reports/${token}`)).state.code).toBe('received')
  const again = await open('POST', '/reports', report, { 'idempotency-key': 'one' })
  expect([201, 422]).toContain(again.status)  // its picture is gone into the message

  const answered = await there.admin.call('POST', `/api/v1/leads/${lead.id}/replies`, { text: '收到，上门看看', way: 'group', ends: false }, { 'if-match': `"${lead.decision_version}"` })
  expect(answered.status).toBe(201)
  const words = await until('the answer stands on the page', async () => (await page('GET', `/reports/${token}`)).answers[0], 20_000)
  expect(words.text).toBe('收到，上门看看')

  const fresh = (await there.admin.get<Lead>(`/api/v1/leads/${lead.id}`))
  const made = await dispatch(fresh)
  expect(made.contact?.phone).toBe('13800004321')
  expect((await page('GET', `/reports/${token}`)).case.number).toBe(made.number)
  const { known } = await page('POST', '/reports/similar', { place: '荷塘苑7栋2单元', community: 'QX01' })
  const follow = await open('POST', '/reports/follow', { follow: known[0].follow })
  expect(follow.status).toBe(201)
  expect((await page('GET', `/cases/${(await conforms('POST', follow)).token}`)).may).toEqual([])
  const found = await page('POST', '/cases/find', { number: made.number, phone_digits: '4321' })
  expect((await page('GET', `/cases/${found.token}`)).may).toContain('note')
})
