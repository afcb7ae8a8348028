// An office's grids: a table with mistakes is shown, mended, written and taken back; a grid is found, changed by hand; a group
// is admitted to it.
import { expect, test, type Page } from '@playwright/test'
import { clean, toast } from '../support/axe'
import { Linli, said } from '../support/linli'

let linli: Linli
let secret: string

test.beforeAll(async () => {
  linli = await Linli.start()
  secret = linli.addChannel('neighbours')
})
test.afterAll(() => linli.clear())

const header = '编码,层级,名称,上级编码,别名,地点,边界'
const square = '"{""type"":""Polygon"",""coordinates"":[[[104.0,30.6],[104.01,30.6],[104.012,30.608],[104.0,30.61],[104.0,30.6]]]}"'
const rows = (level: string, above: string) => [
  header,
  'QX,街道,清溪河街道,,清溪河,,',
  `QX01,${level},荷塘社区,QX,荷塘,荷塘北街、荷塘菜市场,${square}`,
  `QX0101,微网格,荷塘苑第1微网格,${above},荷塘苑一期,荷塘苑1栋、荷塘苑2栋,`,
  'QX0102,微网格,荷塘苑第2微网格,QX01,,荷塘苑3栋,',
].join('\r\n')

const choose = (page: Page, text: string) =>
  page.getByTestId('grid-file').setInputFiles({ name: '网格.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })

test('grids: imported, taken back, found, changed; a group is admitted to one', async ({ page }) => {
  test.setTimeout(120_000)  // each page is looked over by axe
  await page.goto(linli.signInLink)
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.getByRole('link', { name: '设置' }).click()
  await page.getByTestId('settings').getByRole('link', { name: /^网格/ }).click()
  const tree = page.getByRole('tree', { name: '网格树' })
  const plan = page.getByTestId('grid-plan')

  await test.step('a new district is told what a tree is, and gets a template that fits', async () => {
    await expect(page.getByTestId('grids-empty')).toContainText('网格是一棵树')
    await clean(page)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: '下载模板' }).click()
    const template = await (await download).path()
    await page.getByRole('link', { name: '导入' }).click()
    await page.getByTestId('grid-file').setInputFiles(template)
    await expect(plan).toContainText('表格没有问题')
  })

  await test.step('mistakes are shown with line, column and remedy; nothing can be written', async () => {
    await choose(page, rows('大队', 'QX09'))
    const wrong = page.getByTestId('grid-wrong')
    await expect(plan).toContainText('有 2 处要改')
    await expect(wrong.getByRole('row').filter({ hasText: '层级' }).filter({ hasText: '大队' })).toContainText('3')
    await expect(wrong.getByRole('row').filter({ hasText: '上级编码' })).toContainText('4')
    await expect(page.getByRole('button', { name: '写入' })).toHaveCount(0)
    await clean(page)
  })

  const write = async () => {
    await choose(page, rows('社区', 'QX01'))
    await expect(plan).toContainText('写入后：新增 4 个。')
    await page.getByRole('button', { name: '写入' }).click()
    await expect(toast(page, '网格已写入')).toBeVisible()
  }
  await test.step('mended, written, taken back: nothing is there any more', async () => {
    await write()
    await expect(tree.getByRole('treeitem', { name: /清溪河街道/ })).toHaveAttribute('aria-expanded', 'true')
    await toast(page, '网格已写入').getByRole('button', { name: '撤销' }).click()
    await expect(toast(page, '已撤销')).toBeVisible()
    await expect(page.getByTestId('grids-empty')).toBeVisible()
  })
  await test.step('written again: the same grids reopen', async () => {
    await page.getByRole('link', { name: '导入' }).click()
    await choose(page, rows('社区', 'QX01'))
    await expect(plan).toContainText('写入后：恢复 4 个。')
    await page.getByRole('button', { name: '写入' }).click()
    await expect(toast(page, '网格已写入')).toBeVisible()
  })

  await test.step('the tree by keyboard', async () => {
    await expect(tree.getByRole('treeitem', { name: /荷塘社区/ })).toBeVisible()
    await tree.getByRole('treeitem', { name: /清溪河街道/ }).focus()
    await page.keyboard.press('ArrowRight')
    await expect(tree.getByRole('treeitem', { name: /荷塘社区/ })).toBeFocused()
    await page.keyboard.press('ArrowRight')
    await expect(tree.getByRole('treeitem')).toHaveCount(4)
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { name: '荷塘社区' })).toBeVisible()
    await expect(page.getByRole('img', { name: /东西约 1.1 公里/ })).toBeVisible()
    await expect(page.getByTestId('grid-history')).toContainText('恢复了它')
    await clean(page)
  })

  await test.step('found by an alias, with the line above it', async () => {
    await page.getByRole('searchbox', { name: '搜索网格' }).fill('一期')
    const found = page.getByTestId('grids-found').getByRole('link')
    await expect(found).toHaveCount(1)
    await expect(found).toContainText('清溪河街道 › 荷塘社区')
    await found.click()
    await expect(page.getByRole('heading', { name: '荷塘苑第1微网格' })).toBeVisible()
  })

  await test.step('places are pasted and removed, a name is changed; each is taken back', async () => {
    const places = page.getByTestId('grid-places')
    await page.getByRole('button', { name: '添加地点' }).click()
    await page.getByLabel(/要添加的地点/).fill('荷塘苑1栋\n荷塘苑7栋、荷塘苑8栋')
    await page.getByRole('button', { name: '添加 2 个' }).click()
    await expect(places.getByRole('listitem')).toHaveCount(4)
    await toast(page, '添加了 2 个地点').getByRole('button', { name: '撤销' }).click()
    await expect(places.getByRole('listitem')).toHaveCount(2)
    await places.getByRole('button', { name: '移除 荷塘苑2栋' }).click()
    await expect(places.getByRole('listitem')).toHaveCount(1)
    await page.getByRole('button', { name: '修改' }).click()
    await page.getByLabel('名称').fill('荷塘苑北微网格')
    await page.getByRole('button', { name: '保存' }).click()
    await expect(page.getByRole('heading', { name: '荷塘苑北微网格' })).toBeVisible()
    await toast(page, '“荷塘苑北微网格”已改好').getByRole('button', { name: '撤销' }).click()
    await expect(page.getByRole('heading', { name: '荷塘苑第1微网格' })).toBeVisible()
  })

  await test.step('one is added below, and taken back', async () => {
    await page.getByRole('navigation', { name: '上级' }).getByRole('link', { name: '荷塘社区' }).click()
    await page.getByRole('button', { name: '在下面添加' }).click()
    await page.getByLabel('名称').fill('荷塘小学')
    await page.getByLabel('层级').selectOption('专属网格')
    await page.getByLabel(/^编码/).fill('QX01S1')
    await page.getByRole('button', { name: '保存' }).click()
    await expect(page.getByRole('heading', { name: '荷塘小学' })).toBeVisible()
    await toast(page, '已添加“荷塘小学”').getByRole('button', { name: '撤销' }).click()
    await expect(page.getByRole('heading', { name: '荷塘社区' })).toBeVisible()
    await expect(page.getByText('4 个网格')).toBeVisible()
  })

  await test.step('a group is admitted to a grid that is sought, and links to it', async () => {
    await linli.deliver('neighbours', secret, [said('east', '3-2-1502周姐', '有人吗', { group_name: '荷塘苑邻里群' })])
    await page.getByRole('link', { name: /^群/ }).click()
    await page.getByTestId('groups-waiting').getByRole('button', { name: '登记' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('textbox', { name: '负责单位' }).fill('荷塘社区居民委员会')
    await dialog.getByRole('textbox', { name: '依据' }).fill('居民入群时知情同意')
    await dialog.getByRole('button', { name: '登记' }).click()
    await expect(dialog).toContainText('请从列表里选一个网格')
    await dialog.getByRole('combobox', { name: '网格' }).fill('第1微')
    await expect(dialog.getByRole('option')).toContainText('清溪河街道 › 荷塘社区')
    await clean(page)
    await page.keyboard.press('Enter')
    await expect(dialog).toContainText('在 清溪河街道 › 荷塘社区 下')
    await dialog.getByRole('button', { name: '登记' }).click()
    await page.getByTestId('groups-admitted').getByRole('link', { name: '荷塘苑第1微网格' }).click()
    await expect(page.getByRole('region', { name: '归在这里的群' })).toContainText('荷塘苑邻里群')
    await expect(tree.getByRole('treeitem', { name: /荷塘苑第1微网格/ })).toContainText('1')
  })
})
