// The knowledge base: a file with a mistake is shown, mended and written; an entry is written and tried in a resident's words;
// what has expired is not offered; what nobody answered becomes a gap and is answered.
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district, type District } from '../support/district'
import { Linli, said } from '../support/linli'

let linli: Linli
let own: District

test.beforeAll(async () => {
  linli = await Linli.start()
  own = await district(linli)
})
test.afterAll(() => linli.clear())

const table = (grid: string) => [
  '标题,问法,答案,来源,发布单位,网格,分类,状态',
  '垃圾投放时间,"几点可以倒垃圾\n垃圾桶在哪里",早上六点半到九点，傍晚六点到九点。,便民手册（演示）,荷塘社区（演示）,QX01,垃圾清运,已发布',
  `门禁卡怎么补,,带身份证到物业办公室。,物业公约（演示）,,${grid},,`,
].join('\n')
const choose = (page: Page, name: string, text: string) =>
  page.getByTestId('knowledge-file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })

test('knowledge: imported, written, tried, expired; a gap is answered', async ({ page }) => {
  test.setTimeout(180_000)  // each state is looked over by axe
  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.getByRole('link', { name: '知识库' }).click()
  const list = page.getByTestId('knowledge-list')
  const plan = page.getByTestId('knowledge-plan')
  const trying = page.getByTestId('knowledge-try')

  await test.step('an empty base says what it is for', async () => {
    await expect(page.getByText('知识库还是空的。')).toBeVisible()
    await cleanInAllLooks(page)
  })

  await test.step('a file with a mistake is shown with line and remedy, and writes nothing', async () => {
    await page.getByRole('link', { name: '导入' }).click()
    await choose(page, '知识.csv', table('QX99'))
    await expect(plan).toContainText('有 1 处要改')
    const row = plan.getByRole('row').filter({ hasText: '网格' }).last()
    await expect(row.getByRole('cell').first()).toHaveText('4')
    await expect(page.getByRole('button', { name: '写入' })).toHaveCount(0)
    await clean(page)
  })

  await test.step('mended, it is written', async () => {
    await choose(page, '知识.csv', table('QX01'))
    await expect(plan).toContainText('新增 2 条，修改 0 条，不变 0 条')
    await clean(page)
    await page.getByRole('button', { name: '写入' }).click()
    await expect(toast(page, '已写入：新增 2 条')).toBeVisible()
    await expect(list.getByRole('listitem')).toHaveCount(2)
    await expect(list.getByRole('listitem').filter({ hasText: '门禁卡' })).toContainText('草稿')
  })

  await test.step('an entry without a source is not published', async () => {
    await page.getByRole('link', { name: '写一条' }).click()
    await page.getByLabel('标题', { exact: true }).fill('停水了怎么问')
    await page.getByLabel(/居民会怎么问/).fill('停水了什么时候来水\n为什么停水')
    await page.getByLabel('答案', { exact: true }).fill('先看单元门口的通知；没有通知的，在群里说楼栋号。')
    await page.getByRole('combobox', { name: '管哪里' }).fill('荷塘')
    await page.getByRole('option', { name: /荷塘社区/ }).click()
    await page.getByRole('button', { name: '发布', exact: true }).click()
    await expect(page.getByText('发布前请写明依据')).toBeVisible()
    await clean(page)
    await page.getByLabel('文件或通知的名称').fill('便民手册（演示）')
    await page.getByRole('button', { name: '发布', exact: true }).click()
    await expect(toast(page, '已发布“停水了怎么问”')).toBeVisible()
  })

  await test.step('it is found in other words, and says why', async () => {
    await trying.getByRole('textbox').fill('屋头没得水了，好久来哦')
    await expect(trying.getByRole('listitem').first()).toContainText('停水了怎么问')
    await expect(trying.getByRole('listitem').first()).toContainText('对得上')
    await expect(trying.getByRole('listitem').first()).toContainText('没得水')
    await cleanInAllLooks(page)
  })

  await test.step('a draft is found from its own page only', async () => {
    await page.getByRole('link', { name: '试一试' }).click()
    await page.getByRole('combobox', { name: /在哪个网格问/ }).fill('荷塘')
    await page.getByRole('option', { name: /荷塘社区/ }).click()
    await trying.getByRole('textbox').fill('门禁卡怎么补')
    await expect(trying).toContainText(/没有一条沾边|没有把握/)
    await expect(trying).not.toContainText('门禁卡怎么补')
    await list.getByRole('link', { name: /门禁卡怎么补/ }).click()
    await trying.getByRole('textbox').fill('门禁卡怎么补')
    await expect(trying.getByRole('listitem').first()).toContainText('门禁卡怎么补')
  })

  await test.step('what has expired is not offered any more', async () => {
    await list.getByRole('link', { name: /停水了怎么问/ }).click()
    await page.getByRole('button', { name: '修改' }).click()
    await page.getByLabel('到哪天为止').fill('2026-01-01')
    await page.getByRole('button', { name: '发布', exact: true }).click()
    await expect(page.getByTestId('knowledge-entry')).toContainText('已过期')
    await trying.getByRole('textbox').fill('屋头没得水了，好久来哦')
    await expect(trying).toContainText(/没有一条沾边|没有把握/)
    await expect(trying.getByRole('listitem').filter({ hasText: '停水了怎么问' })).toHaveCount(0)
    await toast(page, '已发布“停水了怎么问”').last().getByRole('button', { name: '撤销' }).click()
    await expect(page.getByTestId('knowledge-entry')).not.toContainText('已过期')
  })

  await test.step('a question that nothing answers becomes a gap, and is answered', async () => {
    const secret = linli.addChannel('more')
    await linli.deliver('more', secret, [said('south', 'someone', '大家好', { group_name: '荷塘里邻里群' })])
    const { groups } = await own.admin.get<{ groups: { id: string; external_id: string }[] }>('/api/v1/groups')
    const south = groups.find((each) => each.external_id === 'south')!
    await own.admin.call('POST', `/api/v1/groups/${south.id}/admit`, { grid_id: own.grids.hetang, responsible: '荷塘社区居民委员会', legal_basis: '居民知情同意' })
    await linli.deliver('more', secret, [said('south', '2-1-301租客', '请问一下外地户口办居住证需要带什么材料，在哪里办？', {}, 5)])
    let lead: { id: string; decision_version: number } | undefined
    await expect(async () => {
      const { leads } = await own.admin.get<{ leads: { id: string; category: string; decision_version: number }[] }>('/api/v1/leads')
      lead = leads.find((each) => each.category === 'certificate')
      expect(lead).toBeTruthy()
    }).toPass()
    const confirmed = await own.admin.call('POST', `/api/v1/leads/${lead!.id}/confirm`, {}, { 'if-match': `"${lead!.decision_version}"` })
    expect(confirmed.status).toBe(200)
    await page.reload()
    await page.getByRole('link', { name: /^待补/ }).click()
    const gaps = page.getByTestId('knowledge-gaps')
    await expect(gaps.getByRole('listitem')).toHaveCount(1)
    await expect(gaps.getByRole('listitem')).toContainText('1 条线索问过')
    await clean(page)
    await gaps.getByRole('button', { name: /写答案/ }).click()
    await expect(page.getByLabel('分类')).toHaveValue('certificate')
    await page.getByLabel('标题', { exact: true }).fill('居住证办理需要什么材料')
    await page.getByLabel('答案', { exact: true }).fill('身份证、照片、居住证明；以窗口答复为准。')
    await page.getByLabel('文件或通知的名称').fill('窗口告知单（演示）')
    await page.getByRole('button', { name: '发布', exact: true }).click()
    await expect(toast(page, '已发布“居住证办理需要什么材料”')).toBeVisible()
    await page.getByRole('link', { name: /^待补/ }).click()
    await expect(gaps).toContainText('没有待补的问题')
  })

  await test.step('on a phone: list, entry and back', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${linli.url}/knowledge`)
    await expect(list).toBeVisible()
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await clean(page)
    await list.getByRole('link', { name: /垃圾投放时间/ }).click()
    await expect(page.getByTestId('knowledge-entry')).toContainText('早上六点半')
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await clean(page)
    await page.getByRole('link', { name: '回到知识库' }).click()
    await expect(list).toBeVisible()
  })
})
