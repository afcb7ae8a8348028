// Residents: the office says who somebody is and takes it back; names looked at for a reason stay; shorter retention asks once;
// erased words leave the page of whoever is reading them; the residents' own pages are set up.
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district, type District } from '../support/district'
import { Linli, until } from '../support/linli'

let linli: Linli
let there: District
test.beforeAll(async () => {
  linli = await Linli.start()
  there = await district(linli)
  const answer = await there.admin.call('POST', '/api/v1/users', { name: 'heqing', display_name: '何青', role: 'support', grid_id: there.grids.hetang })
  expect(answer.status).toBe(201)
})
test.afterAll(() => linli.clear())

async function enter(page: Page, name: string): Promise<void> {
  await page.goto(linli.command('user', 'link', name).match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await expect(page.getByTestId('connection')).toHaveAttribute('data-state', 'live')
}

test('said, taken back, looked at, kept shorter, erased', async ({ page, browser }) => {
  test.setTimeout(120_000)
  const admin = there.admin
  const spoken = async () => (await admin.get<{ rules: { contains: string | null }[] }>('/api/v1/member-rules')).rules.filter((rule) => rule.contains === null).length
  await enter(page, 'admin')
  await page.getByTestId('queue').getByRole('listitem').filter({ hasText: '漏水' }).click()
  const message = page.locator('[data-in-lead=true]').first()
  const menu = message.getByRole('button', { name: /^关于/ })

  await test.step('this person is of the property company; no, they are not', async () => {
    await message.hover()
    await menu.click()
    await clean(page)
    await page.getByRole('button', { name: '此人是物业' }).click()
    await expect.poll(spoken).toBe(1)
    await toast(page, '身份是物业').getByRole('button', { name: '撤销' }).click()
    await expect.poll(spoken).toBe(0)
  })
  await test.step('erasing asks once, and forgets that it asked', async () => {
    await menu.click()
    await page.getByRole('button', { name: '删除此人的话' }).click()
    await expect(page.getByText('删除后不能恢复')).toBeVisible()
    await clean(page)
    await page.keyboard.press('Escape')
    await menu.click()
    await expect(page.getByRole('button', { name: '删除此人的话' })).toBeVisible()
    await page.keyboard.press('Escape')
  })

  const hers = await (await browser.newContext()).newPage()
  const chat = hers.getByRole('region', { name: '聊天记录' })
  const decided = async () => (await admin.get<{ leads: { id: string; summary: string; decision_version: number }[] }>('/api/v1/leads?state=open')).leads.find((each) => each.summary.includes('漏水'))!
  await test.step('names that were looked at for a reason stay when the lead changes', async () => {
    await enter(hers, 'heqing')
    await expect(chat).not.toContainText('周姐')
    await hers.getByTestId('masked').getByRole('button').click()
    await hers.getByRole('textbox', { name: '为什么要看' }).fill('回访核实')
    await hers.getByTestId('masked').locator('[type=submit]').click()
    await expect(chat).toContainText('3-2-1502周姐')
    const lead = await decided()
    expect((await admin.call('POST', `/api/v1/leads/${lead.id}/confirm`, undefined, { 'if-match': `"${lead.decision_version}"` })).status).toBe(200)
    await expect(hers.getByText('管理员 已确认').first()).toBeAttached()
    await expect(chat).toContainText('3-2-1502周姐')
    await clean(hers)
  })
  await test.step('erased words leave her page', async () => {
    const { leads } = await admin.get<{ leads: { id: string; summary: string }[] }>('/api/v1/leads?state=confirmed')
    const { messages } = await admin.get<{ messages: { id: string; in_lead: boolean }[] }>(`/api/v1/leads/${leads[0]!.id}`)
    expect((await admin.call('POST', '/api/v1/privacy/erasures', { message: messages.find((each) => each.in_lead)!.id, apply: true })).status).toBe(200)
    await expect(chat).not.toContainText('周姐')
    await expect(chat).not.toContainText('滴水')
  })

  await test.step('shorter retention asks once and is taken back', async () => {
    const days = async () => (await admin.get<{ chatter_days: number }>('/api/v1/privacy/retention')).chatter_days
    await page.goto(`${linli.url}/residents`)
    await page.getByLabel(/闲聊/).fill('7')
    await page.getByRole('button', { name: '保存', exact: true }).click()
    await expect(page.getByText('真的改短吗')).toBeVisible()
    await cleanInAllLooks(page)
    expect(await days()).toBe(30)
    await page.getByRole('button', { name: '改短并删除' }).click()
    await expect(toast(page, '已改')).toBeVisible()
    expect(await days()).toBe(7)
    await toast(page, '已改').getByRole('button', { name: '撤销' }).click()
    await until('as before', async () => (await days()) === 30)
  })
  await test.step('the residents’ pages get a name and take reports', async () => {
    const office = page.getByTestId('resident-office')
    await office.getByRole('textbox', { name: '居民看到的名称' }).fill('荷塘社区网上服务')
    await office.getByRole('textbox', { name: '联系电话' }).fill('值班室')
    await office.getByRole('button', { name: '保存居民页面' }).click()
    await expect(office.getByText('每行先写名称')).toBeVisible()
    await clean(page)
    await office.getByRole('textbox', { name: '联系电话' }).fill('值班室 028-5550100')
    await office.getByRole('checkbox', { name: /收件/ }).check()
    await office.getByRole('button', { name: '保存居民页面' }).click()
    await expect(toast(page, '居民页面已保存')).toBeVisible()
    const phone = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
    await phone.goto(`${linli.url}/r/`)
    await expect(phone.getByRole('heading', { name: '荷塘社区网上服务' })).toBeVisible()
    await expect(phone.getByRole('link', { name: /报一件事/ })).toBeVisible()
    await phone.context().close()
  })
})
