// Being told: an emergency in the bell and "I have it"; who was told; and the webhooks page: added, tried, what did not arrive sent again.
import { createHmac } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { Linli, said } from '../support/linli'

let linli: Linli
let receiver: Server
let answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end()
const heard: { id: string; type: string; body: string; signature: string; at: string }[] = []

test.beforeAll(async () => {
  linli = await Linli.start({ env: { LINLI_OUTGOING_PRIVATE: 'true' } })
  receiver = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => { body += chunk })
    request.on('end', () => {
      heard.push({ id: String(request.headers['webhook-id']), at: String(request.headers['webhook-timestamp']), signature: String(request.headers['webhook-signature']), type: (JSON.parse(body) as { type: string }).type, body })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
})
test.afterAll(async () => {
  receiver.close()
  await linli.clear()
})
async function begin(page: Page): Promise<void> {
  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
}

test('webhooks: added, tried, given up, sent again', async ({ page }) => {
  test.setTimeout(180_000)
  await begin(page)
  await page.goto(`${linli.url}/webhooks`)
  await expect(page.getByText('还没有推送给任何系统。')).toBeVisible()
  await clean(page)
  await page.getByRole('button', { name: '添加推送' }).click()
  const form = page.getByTestId('webhook-form')
  await form.getByRole('button', { name: '添加推送' }).click()
  await expect(form.getByText('给它起个名字')).toBeVisible()
  await form.getByLabel('名字').fill('区数据平台')
  await form.getByLabel('接收地址').fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/in`)
  await cleanInAllLooks(page)
  await form.getByRole('button', { name: '添加推送' }).click()
  const secret = await page.getByTestId('webhook-secret').innerText()
  expect(secret).toMatch(/^whsec_/)
  await clean(page)
  await page.getByRole('button', { name: '已交给对方' }).click()

  await test.step('a test arrives, signed', async () => {
    await expect(page.getByTestId('webhooks')).toContainText('线索的一切 · 全部网格')
    await page.getByRole('button', { name: '测试' }).click()
    await expect(page.getByTestId('webhook-log').getByText('已送到')).toBeVisible()
    expect(heard.at(-1)!.type).toBe('cn.linli.test')
    const one = heard.at(-1)!
    const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64')).update(`${one.id}.${one.at}.${one.body}`).digest('base64')
    expect(one.signature).toBe(`v1,${mac}`)
    await cleanInAllLooks(page)
  })

  await test.step('a receiver that says 410 is given up; the bell says so; the event is sent again', async () => {
    answer = (response) => response.writeHead(410).end()
    const channel = linli.addChannel('neighbours', '--admit-all')
    await linli.deliver('neighbours', channel, [said('g1', '3-1-1502李姐', '3栋1单元漏水了，天花板一直在滴水，楼道里全是水')])
    await expect(page.getByTestId('webhooks').getByText('送不到，已停用')).toBeVisible({ timeout: 30_000 })
    await page.getByTestId('bell').getByRole('button').first().click()
    await expect(page.getByText('有一个对外推送送不到，已停用')).toBeVisible()
    await page.keyboard.press('Escape')
    await clean(page)
    answer = (response) => response.writeHead(204).end()
    const before = heard.length
    await page.getByRole('button', { name: '启用' }).click()
    await page.getByRole('button', { name: '全部重发' }).click()
    await expect.poll(() => heard.length, { timeout: 30_000 }).toBeGreaterThan(before)
    expect(heard.some((each) => each.type === 'cn.linli.lead.opened')).toBe(true)
    expect(heard.every((each) => !each.body.includes('天花板'))).toBe(true)
  })
})

test('an emergency: the bell, "I have it", and who was told', async ({ page }) => {
  test.setTimeout(180_000)
  const channel = linli.addChannel('fire', '--admit-all')
  await begin(page)
  await linli.deliver('fire', channel, [said('g2', '3-1-1502李姐', '着火了！3栋1单元15楼冒黑烟，快来人救命啊')])
  const bell = page.getByTestId('bell')
  await expect(bell.getByTestId('bell-count')).toBeVisible({ timeout: 30_000 })
  await bell.getByRole('button').first().click()
  await expect(bell.getByText('先打 119、110 或 120')).toBeVisible()
  await clean(page)
  await bell.getByRole('button', { name: '我来处理' }).click()
  await expect(bell.getByText('在处理')).toBeVisible()
  await page.goto(`${linli.url}/deliveries`)
  await expect(page.getByTestId('deliveries').getByText('工作台 · 紧急').first()).toBeVisible()
  await cleanInAllLooks(page)
  await page.goto(`${linli.url}/promise`)
  await expect(page.getByTestId('forecast')).toContainText('条在等答复')
  await cleanInAllLooks(page)
  await page.goto(`${linli.url}/ways`)
  await expect(page.getByTestId('ways').getByRole('listitem')).toHaveCount(5)
  await cleanInAllLooks(page)
  await page.goto(`${linli.url}/account`)
  await expect(page.getByTestId('my-browsers')).toBeVisible()
  await cleanInAllLooks(page)
  await expect(toast(page, /./)).toHaveCount(0)
})
