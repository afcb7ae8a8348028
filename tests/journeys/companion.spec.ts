// A machine answers off hours, marked as one, in the group that the district named; a colleague reads it the next morning.
import { expect, test, type Page } from '@playwright/test'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cleanInAllLooks, toast } from '../support/axe'
import { Caller, Linli, said, until } from '../support/linli'

let linli: Linli
let secret: string
let admin: Caller
let robot: Server
let posted: { group: string; text: string; quotes?: string }[]

test.beforeAll(async () => {
  posted = []
  robot = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => { body += chunk })
    request.on('end', () => {
      const { data } = JSON.parse(body)
      posted.push({ group: data.group, text: data.text, quotes: data.reply_to })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => robot.listen(0, '127.0.0.1', resolve))
  linli = await Linli.start()
  secret = linli.addChannel('neighbours', '--admit-all')
  admin = await Caller.signIn(linli)
  linli.command('user', 'add', 'zhou', '--display', '小周', '--role', 'agent')
  await admin.call('PUT', '/api/v1/channels/neighbours', { send_url: `http://127.0.0.1:${(robot.address() as AddressInfo).port}/send` })
  const made = await admin.call('POST', '/api/v1/knowledge', {
    state: 'published', title: '社区服务时间', questions: ['社区几点上班'], answer: '周一至周五 9:00-17:30 办件。', sources: [{ title: '便民手册（虚构）' }],
  }, { 'idempotency-key': 'k1' })
  expect(made.status, await made.text()).toBe(201)
  await linli.deliver('neighbours', secret, [said('east', 'a', '大家好', { group_name: '东苑邻里群' })])
})
test.afterAll(async () => {
  robot.close()
  await linli.clear()
})

async function sign(page: Page, name: string): Promise<void> {
  await page.goto(linli.command('user', 'link', name).match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}

test('switched on, it answers with its mark; a colleague reads it and marks it', async ({ page, browser }) => {
  await sign(page, 'admin')
  await page.goto(`${linli.url}/companion`)
  await expect(page.getByTestId('companion-state')).toContainText('机器答复关着')
  await cleanInAllLooks(page)
  await page.getByRole('switch', { name: '让机器答复居民' }).check()
  await page.getByRole('radio', { name: '什么时候都说' }).check()
  await page.getByRole('checkbox', { name: '东苑邻里群' }).check()
  await page.getByRole('textbox', { name: '燃气公司抢修' }).fill('打给小王')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(page.getByText('电话只能有数字、空格、+ 和 -')).toBeVisible()
  await page.getByRole('textbox', { name: '燃气公司抢修' }).fill('96777')
  await page.getByRole('button', { name: '保存', exact: true }).click()
  await expect(toast(page, '已保存')).toBeVisible()
  await expect(page.getByTestId('companion-state')).toContainText('机器答复开着')

  const asked = said('east', '3-2-1502李姐', '@小邻 社区几点上班', { group_name: '东苑邻里群' })
  await linli.deliver('neighbours', secret, [asked])
  const answer = await until('the machine answers', async () => posted[0])
  expect(answer.quotes).toBe(asked.id)
  for (const part of ['我是小邻，是机器', '9:00-17:30', '来源：便民手册（虚构）', '（机器自动答复，未经人工审核）']) expect(answer.text).toContain(part)

  const desk = await (await browser.newContext()).newPage()
  await sign(desk, 'zhou')
  await desk.goto(`${linli.url}/machine-answers`)
  const row = desk.getByTestId('machine-answers').getByRole('listitem').filter({ hasText: '社区几点上班' })
  await expect(row).toContainText('9:00-17:30')
  await expect(row.getByRole('link', { name: '社区服务时间' })).toBeVisible()
  await cleanInAllLooks(desk)
  await row.getByRole('button', { name: '对', exact: true }).click()
  await expect(toast(desk, '记下了：答得对')).toBeVisible()
  await expect(row).toHaveCount(0)
  await desk.getByRole('button', { name: '全部' }).click()
  await expect(row).toContainText('小周')
})

test('its own words come back from a colleague\'s account, then a colleague writes: it is silent', async () => {
  const before = posted.length
  await linli.deliver('neighbours', secret, [said('east', 'office', posted[0]!.text, { role: 'community_staff' })])
  await linli.deliver('neighbours', secret, [said('east', 'b', '小邻 社区几点上班')])
  await until('it answers: its echo is no colleague', async () => posted.length > before)
  await linli.deliver('neighbours', secret, [said('east', 'office', '各位，我在，有事跟我说', { role: 'community_staff' })])
  await linli.deliver('neighbours', secret, [said('east', 'c', '小邻 社区几点上班')])
  await linli.deliver('neighbours', secret, [said('east', 'd', '小邻 我屋头闻到煤气味')])
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect(posted.length).toBe(before + 1)
})

test('killed right after the question, it answers once', async () => {
  const before = posted.length
  await linli.deliver('neighbours', secret, [said('west', 'a', '大家好', { group_name: '西苑邻里群' })])
  const rules = await admin.call('GET', '/api/v1/companion/rules')
  const { writable, ...kept } = await rules.json() as { writable: { id: string; name: string }[]; groups: string[] }
  await admin.call('PUT', '/api/v1/companion/rules', { ...kept, groups: writable.map((group) => group.id) }, { 'if-match': rules.headers.get('etag')! })
  await linli.deliver('neighbours', secret, [said('west', 'e', '小邻 社区几点上班')])
  for (let i = 0; i < 3; ++i) {
    await new Promise((resolve) => setTimeout(resolve, 150 * i))
    await linli.end('SIGKILL')
    linli = await Linli.start({ data: linli.data })
  }
  await until('it answers', async () => posted.length > before, 20_000)
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  expect(posted.slice(before).map((each) => each.quotes).filter((id, at, all) => all.indexOf(id) === at).length).toBe(1)
  expect(posted.slice(before).length).toBeLessThanOrEqual(2)  // the receiver knows a repetition by its webhook-id
})
