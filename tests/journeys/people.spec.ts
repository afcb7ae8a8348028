// A newcomer: added for one community, sees what is hers and nothing else; her role ends, and so does what she sees.
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district, type District } from '../support/district'
import { Linli } from '../support/linli'

let linli: Linli
let there: District
test.beforeAll(async () => {
  linli = await Linli.start()
  there = await district(linli)
})
test.afterAll(() => linli.clear())

const link = (name: string) => linli.command('user', 'link', name).match(/http\S+/)![0]
async function enter(page: Page, name: string): Promise<void> {
  await page.goto(link(name))
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
}

test('an agent is added for a community, works there, loses her role', async ({ page, browser }) => {
  test.setTimeout(180_000)  // each page is looked over by axe in four looks
  await enter(page, 'admin')
  const person = page.getByTestId('person')
  let hersLink = ''

  await test.step('found by what one wants to do', async () => {
    await page.getByRole('link', { name: '设置' }).click()
    await cleanInAllLooks(page)
    await page.getByRole('searchbox', { name: '搜索设置' }).fill('加人')
    await page.getByRole('link', { name: /添加同事/ }).click()
    await expect(page.getByLabel('姓名')).toBeFocused()
  })

  await test.step('what is missing is said at its field', async () => {
    await page.getByRole('button', { name: '添加同事' }).click()
    await expect(page.getByText('请填写姓名')).toBeVisible()
    await expect(page.getByText('请选一个角色')).toBeVisible()
    await expect(page.getByText('请从列表里选一个网格')).toBeVisible()
    await expect(page.getByLabel('姓名')).toBeFocused()
    await page.getByLabel('姓名').fill('周宁')
    await page.getByLabel('登录名').fill('admin')
    await page.getByRole('combobox', { name: '角色' }).selectOption('后台客服')
    await expect(page.getByText('看群里的消息，确认线索、答复居民。')).toBeVisible()
    await page.getByRole('combobox', { name: '管哪个网格' }).fill('荷塘')
    await page.getByRole('option', { name: /荷塘社区/ }).click()
    await page.getByRole('button', { name: '添加同事' }).click()
    await expect(page.getByText('已经有人用“admin”了')).toBeVisible()
    await expect(page.getByLabel('登录名')).toBeFocused()
    await cleanInAllLooks(page)
  })

  await test.step('she is added and gets her way in', async () => {
    await page.getByLabel('登录名').fill('zhouning')
    await page.getByRole('button', { name: '添加同事' }).click()
    hersLink = (await page.getByTestId('sign-in-link').locator('code').textContent())!
    await clean(page)
    await page.getByRole('button', { name: '好了' }).click()
    await expect(person).toContainText('荷塘社区 · 后台客服')
    await cleanInAllLooks(page)
  })

  const hers = await (await browser.newContext()).newPage()
  await test.step('she sees the leads of her community only, and no settings', async () => {
    await hers.goto(hersLink)
    await hers.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
    const queue = hers.getByTestId('queue').getByRole('listitem')
    await expect(queue).toHaveCount(1)
    await expect(queue).toContainText('漏水')
    await expect(hers.getByRole('navigation', { name: '页面' })).not.toContainText('设置')
    await hers.goto(`${linli.url}/people`)
    await expect(hers.getByTestId('no-right')).toContainText('管理员')
    await cleanInAllLooks(hers)
    await hers.getByRole('button', { name: '我：周宁' }).click()
    await hers.getByRole('link', { name: '我的账号' }).click()
    await expect(hers.getByTestId('my-roles')).toContainText('荷塘社区 · 后台客服')
    await cleanInAllLooks(hers)
    await hers.getByRole('link', { name: '线索' }).click()
    await expect(queue).toHaveCount(1)
  })

  await test.step('her lead is given to another community: her open console loses it at once; it comes back', async () => {
    const queue = hers.getByTestId('queue').getByRole('listitem')
    const { leads } = await there.admin.get<{ leads: { id: string; summary: string; decision_version: number }[] }>('/api/v1/leads?state=open')
    const leak = leads.find((each) => each.summary.includes('漏水'))!
    const send = (version: number, grid_id: string | null) =>
      there.admin.call('PUT', `/api/v1/leads/${leak.id}/grid`, { grid_id }, { 'if-match': `"${version}"` })
    await expect(hers.getByRole('region', { name: '聊天记录' })).toContainText('滴水')
    const moved = await send(leak.decision_version, there.grids.wangjiang)
    expect(moved.status).toBe(200)
    await expect(toast(hers, '这条线索已换到别的网格')).toBeVisible()
    await expect(queue).toHaveCount(0)
    await expect(hers.getByRole('region', { name: '聊天记录' })).toHaveCount(0)
    await clean(hers)
    expect((await send((await moved.json()).decision_version, null)).status).toBe(200)
    await expect(queue).toHaveCount(1)
  })

  await test.step('a second role, taken back', async () => {
    await page.getByRole('button', { name: '给角色' }).click()
    await page.getByRole('combobox', { name: '角色' }).selectOption('网格长')
    await page.getByRole('combobox', { name: '管哪个网格' }).fill('望江')
    await page.getByRole('option', { name: /望江社区/ }).click()
    await page.getByRole('button', { name: '给这个角色' }).click()
    await expect(page.getByTestId('roles-now').getByRole('listitem')).toHaveCount(2)
    await expect(hers.getByTestId('queue').getByRole('listitem')).toHaveCount(2)
    await toast(page, '周宁现在是望江社区 · 网格长').getByRole('button', { name: '撤销' }).click()
    await expect(page.getByTestId('roles-now').getByRole('listitem')).toHaveCount(1)
    await expect(hers.getByTestId('queue').getByRole('listitem')).toHaveCount(1)
  })

  await test.step('her last role ends: asked once; she is told at once and calmly', async () => {
    await page.getByRole('button', { name: '结束 荷塘社区 · 后台客服' }).click()
    await expect(person).toContainText('这是周宁现在唯一的角色')
    await page.getByRole('button', { name: '结束角色' }).click()
    await expect(hers.getByTestId('no-role')).toContainText('请管理员给你一个角色')
    await cleanInAllLooks(hers)
  })
  await test.step('and back again by undo', async () => {
    await toast(page, '周宁不再是荷塘社区 · 后台客服').getByRole('button', { name: '撤销' }).click()
    await expect(page.getByTestId('roles-now')).toContainText('荷塘社区 · 后台客服')
    await expect(hers.getByTestId('queue').getByRole('listitem')).toHaveCount(1)
  })

  await test.step('her account is disabled: she is out; enabled: she can come in', async () => {
    await page.getByRole('button', { name: '停用账号' }).click()
    await expect(person).toContainText('周宁马上退出登录')
    await page.getByRole('button', { name: '停用', exact: true }).click()
    await expect(hers.getByRole('heading', { name: '登录' })).toBeVisible()
    await expect(page.getByTestId('people')).not.toContainText('周宁')
    await toast(page, '“周宁”已停用').getByRole('button', { name: '撤销' }).click()
    await expect(page.getByTestId('people')).toContainText('周宁')
    await hers.goto(link('zhouning'))
    await expect(hers.getByTestId('queue').getByRole('listitem')).toHaveCount(1)
  })

  await test.step('sought by name and narrowed by role and grid, by keyboard', async () => {
    await page.keyboard.press('/')
    await page.keyboard.type('zhou')
    await expect(page.getByTestId('people').getByRole('link')).toHaveCount(1)
    await page.keyboard.press('ArrowDown')
    await expect(page.getByTestId('people').getByRole('link')).toBeFocused()
    await page.getByRole('button', { name: '清除', exact: true }).click()
    await page.getByRole('button', { name: '按角色和网格筛选' }).click()
    await page.getByRole('combobox', { name: '角色' }).selectOption('网格长')
    await expect(page.getByText('没有符合的同事')).toBeVisible()
    await cleanInAllLooks(page)
    await page.getByRole('combobox', { name: '角色' }).selectOption('后台客服')
    await expect(page.getByTestId('people')).toContainText('周宁')
  })
})

test('a volunteer sees no names and is offered no verbs', async ({ page }) => {
  linli.command('user', 'add', 'zhaoli', '--display', '赵丽', '--role', 'volunteer', '--grid', 'QX01')
  await enter(page, 'zhaoli')
  await page.getByTestId('queue').getByRole('listitem').first().click()
  await expect(page.getByTestId('masked')).toBeVisible()
  const chat = page.getByRole('region', { name: '聊天记录' })
  await expect(chat).toContainText('周＊')
  await expect(chat).not.toContainText('周姐')
  await expect(chat.getByRole('button', { name: '更早' })).toHaveCount(0)
  await expect(page.getByRole('complementary', { name: '判断' })).toContainText('只能看')
  await expect(page.getByRole('button', { name: /^确认/ })).toHaveCount(0)
  await expect(page.getByTestId('tab-confirmed')).toHaveCount(0)
  await cleanInAllLooks(page)
})

test('a telephone shows one thing at a time', async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  const page = await context.newPage()
  await enter(page, 'admin')
  for (const where of ['/settings', '/people', '/people/new', '/account']) {
    await page.goto(linli.url + where)
    await expect(page.getByRole('heading').first()).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(390)
    await clean(page)
  }
  await page.goto(`${linli.url}/people`)
  await page.getByTestId('people').getByRole('link', { name: /管理员/ }).click()
  await expect(page.getByTestId('people')).toBeHidden()
  await page.getByRole('link', { name: '回到同事列表' }).click()
  await expect(page.getByTestId('people')).toBeVisible()
})
