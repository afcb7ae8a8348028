// Old talk comes in: a file by the page, looked at and taken in, again without doubles; a table whose columns a person names; pasted
// talk in three presses, a single message from a phone; what was just said starts the promise.
import { expect, test, type Page } from '@playwright/test'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district, type District } from '../support/district'
import { Linli } from '../support/linli'

let linli: Linli
let own: District

test.beforeAll(async () => {
  linli = await Linli.start()
  own = await district(linli)
})
test.afterAll(() => linli.clear())

const mail = '微信群"荷塘苑邻里群"的聊天记录如下:\n\n—————  2026-03-02  —————\n\n3-1-201周姐  22:10\n\n天花板在滴水，物业来看一下\n\n3-1-101王叔  22:11\n\n不是我家哦\n\n\n"小陈"撤回了一条消息\n\n3-1-201周姐  22:11\n\n收到\n\n3-1-201周姐  22:11\n\n收到\n'
const choose = (page: Page, name: string, text: string) =>
  page.getByTestId('import-file').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })
const messages = async () => (await own.admin.get<{ groups: { external_id: string; messages: number }[] }>('/api/v1/groups')).groups.find((one) => one.external_id === 'east')!.messages
// The local time of the page, as a chat window shows it.
const clock = (minutesAgo: number) => new Date(Date.now() - minutesAgo * 60_000 + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')

test('import: file, columns, paste', async ({ page }) => {
  test.setTimeout(240_000)  // each state is looked over by axe
  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.getByRole('link', { name: '群', exact: true }).click()
  await page.getByRole('link', { name: '导入聊天记录' }).click()
  const look = page.getByTestId('import-look')
  const result = page.getByTestId('import-result')
  const before = await messages()

  await test.step('a group is chosen; the page says that it is history', async () => {
    await expect(page.getByText('导进来的算历史')).toBeVisible()
    await page.getByLabel('哪个群').selectOption({ label: '荷塘苑邻里群' })
    await expect(page.getByText('把聊天记录文件拖到这里')).toBeVisible()
    await cleanInAllLooks(page)
  })

  await test.step('a file is looked at before anything happens', async () => {
    await choose(page, '聊天.txt', mail)
    await expect(look).toContainText('4 条消息')
    await expect(look).toContainText('4 条是新的')
    await expect(look).toContainText('1 条系统提示不导入')
    await expect(look).toContainText('天花板在滴水')
    await expect(page.getByRole('combobox', { name: /^格式/ })).toHaveValue('mail')
    await expect(page.getByText('导入以后不能撤回')).toBeVisible()
    expect(await messages()).toBe(before)
    await cleanInAllLooks(page)
  })

  await test.step('it is taken in', async () => {
    await page.getByRole('button', { name: '导入 4 条' }).click()
    await expect(result).toHaveAttribute('data-state', 'done')
    await expect(result).toContainText('新的 4 条')
    await clean(page)
    expect(await messages()).toBe(before + 4)
    await page.getByRole('button', { name: '再导入一份' }).click()
  })

  await test.step('the same once more brings nothing', async () => {
    await choose(page, '又一次.txt', mail)
    await expect(page.getByText('都已经有了，不用再导入')).toBeVisible()
    await page.getByRole('button', { name: '不要了' }).click()
    await expect(page.getByText('把聊天记录文件拖到这里')).toBeVisible()
  })

  await test.step('a table of its own kind: the columns are said once', async () => {
    const table = '什么时候,谁,说了什么\n2026-03-03 08:00,3-1-201周姐,来水了\n什么也没有,王叔,在\n'
    await choose(page, '表.csv', table)
    await expect(page.getByRole('alert')).toContainText('哪一列是')
    await page.getByLabel('时间', { exact: true }).selectOption('什么时候')
    await page.getByLabel('发言人', { exact: true }).selectOption('谁')
    await page.getByLabel('内容', { exact: true }).selectOption('说了什么')
    await page.getByRole('button', { name: '按这样再看一遍' }).click()
    await expect(look).toContainText('1 条是新的')
    await page.getByText('1 行没读出来').click()
    await expect(look).toContainText('第 3 行')
    await clean(page)
    await page.getByRole('button', { name: '导入 1 条' }).click()
    await expect(result).toHaveAttribute('data-state', 'done')
    await page.getByRole('button', { name: '再导入一份' }).click()
    await choose(page, '表二.csv', table)
    await expect(page.getByText('都已经有了，不用再导入')).toBeVisible()  // nobody is asked again
  })

  await test.step('pasted talk: paste, look, press', async () => {
    await page.getByRole('button', { name: '粘贴' }).click()
    await page.getByLabel('粘贴聊天记录').fill(`3-1-201周姐 ${clock(3)}\n楼道灯坏了，麻烦来修一下\n\n3-1-101王叔 ${clock(2)}\n我们这层也不亮\n`)
    await expect(look).toContainText('2 条是新的')
    await cleanInAllLooks(page)
    await page.getByRole('button', { name: '导入 2 条' }).click()
    await expect(toast(page, '导进来了 2 条')).toBeVisible()
  })

  await test.step('one message from a phone: who and when are one tap each; just now, so the promise starts', async () => {
    // A group that no channel hears, in which somebody has said hello before.
    const added = await (await own.admin.call('POST', '/api/v1/groups', { name: '锦苑邻里群' })).json() as { id: string }
    await own.admin.call('POST', `/api/v1/groups/${added.id}/admit`, { grid_id: own.grids.wangjiang, responsible: '望江社区居民委员会', legal_basis: '居民知情同意' })
    await own.admin.call('POST', `/api/v1/groups/${added.id}/paste`, { text: '3-1-101王叔 2026-03-02 10:00\n大家早上好\n' })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${linli.url}/relay`)
    await page.getByRole('link', { name: '粘贴群里的消息' }).click()
    await page.getByLabel('哪个群').selectOption({ label: '锦苑邻里群' })
    await page.getByLabel('粘贴聊天记录').fill('下水道堵了，污水漫到院子里了，物业快来通一下')
    await page.getByRole('button', { name: '3-1-101王叔' }).click()
    await page.getByRole('button', { name: '刚刚' }).click()
    await page.getByLabel('刚才在群里说的').check()
    await expect(look).toContainText('下水道堵了')
    await cleanInAllLooks(page)
    await page.getByRole('button', { name: '导入 1 条' }).click()
    await expect(toast(page, '导进来了 1 条')).toBeVisible()
    await expect.poll(async () => {
      const { leads } = await own.admin.get<{ leads: { live: boolean; summary: string }[] }>('/api/v1/leads?state=open')
      return leads.some((lead) => lead.live && lead.summary.includes('下水道堵了'))
    }).toBe(true)
  })
})

test('import: by command, through the running program', async () => {
  const file = path.join(path.dirname(linli.data), 'export.txt')
  writeFileSync(file, '2026-04-05 21:40:12 老王\n停水了\n\n2026-04-05 21:41 小李\n我家也是\n')
  expect(linli.command('import', file, '--group', '望江楼业主群', '--dry-run')).toContain('2 of them new')
  expect(linli.command('import', file, '--group', '望江楼业主群')).toContain('2 new, 0 known')
  expect(linli.command('import', file, '--group', '望江楼业主群')).toContain('0 new, 2 known')
})
