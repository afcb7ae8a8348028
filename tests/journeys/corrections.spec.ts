// A lead is put right at the desk: its urgency is set by hand and taken back, its summary rewritten; two leads of one house's
// leak are merged and taken apart.
import { expect, test } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { Caller, Linli, said, until } from '../support/linli'

interface Lead { id: string; summary: string; state: string; category: string; urgency: number; message_count: number; decision_version: number; by_person: string[]; merged_into: string | null }
interface Card extends Lead { messages: { id: string; in_lead: boolean }[] }

let linli: Linli
test.beforeAll(async () => { linli = await Linli.start() })
test.afterAll(() => linli.clear())

test('set by hand, merged, each taken back', async ({ page }) => {
  const secret = linli.addChannel('neighbours', '--admit-all')
  const admin = await Caller.signIn(linli)
  await linli.deliver('neighbours', secret, [
    said('south', '6-1-301何姐', '6栋1单元楼上漏水，天花板一直在滴水，物业来看看', { group_name: '南苑群' }, 60),
    said('south', '6-1-201老秦', '漏水漏到我家来了，6栋201墙都湿了', {}, 50),
    said('south', '6-1-301何姐', '还在漏水，物业人呢', {}, 40),
  ])
  const lead = await until('the leak is a lead', async () => (await admin.get<{ leads: Lead[] }>('/api/v1/leads')).leads.find((each) => each.message_count === 3))
  const now = (id: string) => admin.get<Card>(`/api/v1/leads/${id}`)
  // What the machine joined is parted, so that there are two to merge.
  const second = (await now(lead.id)).messages.filter((each) => each.in_lead)[1]!
  const parted = await admin.call('POST', `/api/v1/leads/${lead.id}/split`, { messages: [second.id] }, { 'if-match': `"${lead.decision_version}"` })
  expect(parted.status).toBe(200)
  const { other } = (await parted.json()) as { other: Lead }
  const apart = await until('the machine has looked at the new one', async () => {
    const card = await now(other.id)
    return card.category === 'water_leak' && card.summary.includes('6栋1单元201') && card
  })

  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.locator(`[data-testid=queue] a[href*="${apart.id}"]`).click()
  const side = page.getByRole('complementary', { name: '判断' })

  await test.step('urgency: in its place, marked, taken back', async () => {
    const urgency = side.getByTestId('edit-urgency')
    const before = await urgency.innerText()
    const to = before.trim() === '不急' ? '一般' : '不急'
    await urgency.click()
    await side.getByRole('combobox', { name: '缓急' }).selectOption({ label: to })
    await expect(toast(page, '缓急已改好')).toBeVisible()
    await expect(urgency).toHaveText(to)
    await expect(side.getByTestId('by-hand-urgency')).toContainText('人工改过')
    expect((await now(apart.id)).by_person).toEqual(['urgency'])
    await clean(page)
    await toast(page, '缓急已改好').getByRole('button', { name: '撤销' }).click()
    await expect(urgency).toHaveText(before)
    await expect(side.getByTestId('by-hand-urgency')).toHaveCount(0)
    expect((await now(apart.id)).by_person).toEqual([])
  })

  await test.step('the summary by its pencil, then given back to the machine', async () => {
    await side.getByRole('button', { name: '修改摘要' }).click()
    const line = side.getByRole('textbox', { name: '摘要' })
    await line.fill('201的墙被楼上漏湿了')
    await line.press('Enter')
    await expect(side.getByTestId('summary')).toHaveText('201的墙被楼上漏湿了')
    await side.getByRole('button', { name: '摘要交还机器' }).click()
    await expect(side.getByTestId('summary')).toHaveText(apart.summary)
  })

  await test.step('merged into the other lead of this house, and taken back', async () => {
    const similar = side.getByTestId('similar')
    await expect(similar).toContainText('可能是同一件事')
    await expect(similar).toContainText('同一类别')
    await cleanInAllLooks(page)
    await similar.getByRole('listitem').first().getByRole('button', { name: /合并到这条/ }).click()
    await expect(toast(page, '已合并')).toBeVisible()
    await expect(page).toHaveURL(new RegExp(lead.id))
    await expect(side).toContainText('共 3 条消息')
    expect(await now(apart.id)).toMatchObject({ state: 'merged', merged_into: lead.id })
    await toast(page, '已合并').getByRole('button', { name: '撤销' }).click()
    await expect(page).toHaveURL(new RegExp(apart.id))
    await expect(side.getByTestId('similar')).toBeVisible()
    expect(await now(apart.id)).toMatchObject({ state: 'open', merged_into: null, message_count: 1 })
    expect((await now(lead.id)).message_count).toBe(2)
  })
})
