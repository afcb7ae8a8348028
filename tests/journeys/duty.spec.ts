// A roster: planned for a week, a gap is seen, a shift changes hands between two colleagues, somebody is away.
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district } from '../support/district'
import { Linli } from '../support/linli'

let linli: Linli
test.beforeAll(async () => {
  linli = await Linli.start()
  const { admin, grids } = await district(linli)
  for (const [name, display_name, role] of [['sunhao', '孙浩', 'shift_leader'], ['zhouning', '周宁', 'agent'], ['liping', '李萍', 'agent']] as const) {
    const answer = await admin.call('POST', '/api/v1/users', { name, display_name, role, grid_id: grids.hetang })
    expect(answer.status).toBe(201)
  }
})
test.afterAll(() => linli.clear())

async function enter(page: Page, name: string): Promise<void> {
  await page.goto(linli.command('user', 'link', name).match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.getByRole('link', { name: '值班' }).click()
}
const pick = async (page: Page, field: string, word: string, option: RegExp) => {
  await page.getByRole('combobox', { name: field, exact: true }).fill(word)
  await page.getByRole('option', { name: option }).click()
}

test('planned, swapped, away', async ({ page, browser }) => {
  test.setTimeout(180_000)
  const roster = page.getByTestId('roster')
  await enter(page, 'sunhao')
  await test.step('nobody is planned, and that is said', async () => {
    await expect(page.getByText('这一周还没有排班')).toBeVisible()
    await cleanInAllLooks(page)
  })

  await test.step('what is missing is said; a weekly pattern fills the week', async () => {
    await page.getByRole('button', { name: '排班' }).click()
    const form = page.getByRole('form', { name: '排班' })
    await form.getByRole('radio', { name: '每周都这样' }).check()
    await form.getByRole('button', { name: '排上' }).click()
    await expect(form).toContainText('请从列表里选一位同事')
    await cleanInAllLooks(page)
    await pick(page, '谁', '周宁', /周宁/)
    await pick(page, '在哪个网格', '荷塘', /荷塘社区/)
    for (const day of ['周六', '周日', '法定节假日']) await form.getByRole('checkbox', { name: day }).check()
    await form.getByLabel('几点开始').fill('08:00')
    await form.getByLabel('几点结束').fill('20:00')
    await form.getByRole('button', { name: '排上' }).click()
    await expect(toast(page, '已给周宁排每周的班')).toBeVisible()
    await page.getByRole('button', { name: '下一周' }).click()
    await expect(roster.getByRole('button', { name: /周宁/ })).toHaveCount(7)
  })

  await test.step('one shift of its own', async () => {
    await page.getByRole('button', { name: '排班' }).click()
    const form = page.getByRole('form', { name: '排班' })
    await pick(page, '谁', '李萍', /李萍/)
    await pick(page, '在哪个网格', '荷塘', /荷塘社区/)
    await form.getByLabel('几点开始').fill('20:00')
    await form.getByLabel('几点结束').fill('08:00')
    await expect(form).toContainText('值到第二天')
    await form.getByLabel('值什么班').selectOption('夜班和休息日')
    await form.getByRole('button', { name: '排上' }).click()
    await expect(roster.getByRole('button', { name: /李萍，荷塘社区，夜班和休息日，20:00–次日 08:00/ })).toBeVisible()
    await cleanInAllLooks(page)
  })

  const hers = await (await browser.newContext()).newPage()
  await test.step('a colleague asks for a swap', async () => {
    await enter(hers, 'zhouning')
    await hers.getByRole('button', { name: '下一周' }).click()
    await hers.getByTestId('roster').getByRole('button', { name: /周宁/ }).nth(2).click()
    const sheet = hers.getByRole('dialog')
    await sheet.getByRole('button', { name: '请人换班' }).click()
    await sheet.getByLabel('请谁来值').selectOption('李萍')
    await expect(sheet).toContainText('对方答应以后才换')
    await clean(hers)
    await sheet.getByRole('button', { name: '去问' }).click()
    await expect(toast(hers, '已经问李萍能不能换班')).toBeVisible()
    await expect(hers.getByTestId('roster').getByRole('button', { name: /周宁/ })).toHaveCount(7)
    await expect(hers.getByTestId('roster')).toContainText('等对方答应')
  })
  await test.step('the other takes it', async () => {
    const other = await (await browser.newContext({ viewport: { width: 390, height: 844 } })).newPage()
    await enter(other, 'liping')
    await expect(other.getByTestId('swaps')).toContainText('周宁请你替班')
    await cleanInAllLooks(other)
    await other.getByTestId('swaps').getByRole('button', { name: '我来值' }).click()
    await expect(toast(other, '这个班归你了，谢谢')).toBeVisible()
    await expect(other.getByTestId('swaps')).toHaveCount(0)
    await other.getByRole('button', { name: '下一周' }).click()
    await expect(other.getByTestId('roster').getByRole('button', { name: /李萍，荷塘社区，后台客服/ })).toBeVisible()
    expect(await other.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    await clean(other)
    await page.reload()
    await page.getByRole('button', { name: '下一周' }).click()
    await expect(roster.getByRole('button', { name: /周宁/ })).toHaveCount(6)
  })

  await test.step('away without a deputy: the roster warns; back again', async () => {
    await hers.getByRole('button', { name: '请假' }).click()
    const form = hers.getByRole('form', { name: '请假' })
    const first = await form.getByLabel('从哪天').inputValue()
    const day = (n: number) => new Date(Date.parse(first) + n * 86_400_000).toISOString().slice(0, 10)
    await form.getByLabel('到哪天（含）').fill(day(13))
    await form.getByRole('button', { name: '请假' }).click()
    await expect(toast(hers, '已记下请假')).toBeVisible()
    await expect(hers.getByTestId('absences')).toContainText('周宁')
    await expect(hers.getByTestId('gaps')).toContainText('周宁请假')
    await clean(hers)
    await toast(hers, '已记下请假').getByRole('button', { name: '撤销' }).click()
    await expect(hers.getByTestId('absences')).toHaveCount(0)
  })

  await test.step('a day is taken away, and put back', async () => {
    await roster.getByRole('button', { name: /周宁/ }).first().click()
    await page.getByRole('dialog').getByRole('button', { name: '去掉这个班' }).click()
    await page.getByRole('dialog').getByRole('button', { name: '去掉这一天' }).click()
    await expect(roster.getByRole('button', { name: /周宁/ })).toHaveCount(5)
    await toast(page, '已去掉周宁的班').getByRole('button', { name: '撤销' }).click()
    await expect(roster.getByRole('button', { name: /周宁/ })).toHaveCount(6)
  })
})
