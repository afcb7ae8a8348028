// A roster: planned for a week, a gap is seen, a shift changes hands between two colleagues, somebody is away.
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district, type District } from '../support/district'
import { Linli } from '../support/linli'

let linli: Linli
let there: District
test.beforeAll(async () => {
  linli = await Linli.start()
  there = await district(linli)
  const { admin, grids } = there
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

  await test.step('holidays of a year that is to come: pasted, looked at, mended, written, taken back', async () => {
    const admin = await (await browser.newContext()).newPage()
    await admin.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
    await admin.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
    await admin.getByRole('link', { name: '设置' }).click()
    await admin.getByRole('searchbox').fill('节假日')
    await admin.getByRole('link', { name: /导入节假日和调休/ }).click()
    const form = admin.getByRole('form', { name: '节假日和调休' })
    await form.getByRole('button', { name: '看看会改什么' }).click()
    await expect(form).toContainText('请贴上表格')
    await form.getByRole('textbox').fill('日期\t类型\t名称\n2027-02-30\t放假\t春节')
    await form.getByRole('button', { name: '看看会改什么' }).click()
    await expect(form.getByTestId('calendar-plan')).toContainText('第 2 行，日期')
    await cleanInAllLooks(admin)
    await form.getByRole('textbox').fill('日期\t类型\t名称\n2027-01-01\t放假\t元旦\n2027-01-03\t上班\t元旦调休')
    await form.getByRole('button', { name: '看看会改什么' }).click()
    await expect(form.getByTestId('calendar-plan')).toContainText('新增 2 天')
    await cleanInAllLooks(admin)
    await form.getByRole('button', { name: '写入' }).click()
    const days = async () => (await there.admin.get<{ days: { date: string; kind: string; name: string }[] }>('/api/v1/calendar?from=2027-01-01&to=2027-12-31')).days
    await expect(toast(admin, '日历已改 2 天')).toBeVisible()
    expect(await days()).toEqual([{ date: '2027-01-01', kind: 'holiday', name: '元旦' }, { date: '2027-01-03', kind: 'workday', name: '元旦调休' }])
    await toast(admin, '日历已改 2 天').getByRole('button', { name: '撤销' }).click()
    await expect(toast(admin, '已撤销')).toBeVisible()
    expect(await days()).toEqual([])
  })
})
