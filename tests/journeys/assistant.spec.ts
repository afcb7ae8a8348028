// A new district, from nothing to the first lead by the assistant alone; left in the middle and taken up again.
import { expect, test } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { Linli, said } from '../support/linli'

let linli: Linli
test.beforeAll(async () => { linli = await Linli.start() })
test.afterAll(() => linli.clear())

test('six steps', async ({ page }) => {
  test.setTimeout(180_000)
  await page.goto(linli.signInLink)
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  const start = page.getByTestId('first-day')
  const step = (name: string) => start.locator(`[data-step=${name}]`)
  const done = (name: string) => expect(step(name)).toContainText('完成')

  await test.step('a password', async () => {
    await expect(start).toContainText('0 / 6 步，大约还要 15 分钟')
    await cleanInAllLooks(page)
    await step('password').getByRole('button', { name: '设置密码' }).click()
    const dialog = page.getByRole('dialog', { name: '设置密码' })
    await dialog.getByLabel(/新密码/).fill('five quiet lanterns')
    await dialog.getByLabel('再输一遍').fill('five quiet lanterns')
    await dialog.getByRole('button', { name: '设置密码' }).click()
    await done('password')
  })

  await test.step('the grids of one community', async () => {
    await page.getByRole('button', { name: '建起来' }).click()
    await expect(start).toContainText('请填写街道')
    await page.locator('input[name=street]').fill('清溪河街道')
    await page.locator('input[name=community]').fill('荷塘社区')
    await page.locator('input[name=grids]').fill('3')
    await clean(page)
    await page.getByRole('button', { name: '建起来' }).click()
    await expect(toast(page, '“荷塘社区”建好了')).toBeVisible()
    await done('grids')
  })

  let secret = ''
  await test.step('a channel', async () => {
    await step('channel').getByRole('button', { name: '添加渠道' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('名称').fill('neighbours')
    await dialog.getByRole('button', { name: '添加渠道' }).click()
    secret = (await page.getByTestId('secret').textContent())!
    await page.getByRole('button', { name: '已存好' }).click()
    await done('channel')
  })

  await test.step('left and taken up again', async () => {
    await page.getByRole('link', { name: '设置' }).click()
    await page.getByTestId('settings').getByRole('link', { name: /开通助手/ }).click()
    await expect(start).toContainText('3 / 6 步')
    await expect(step('group')).toHaveAttribute('aria-current', 'step')
    await expect(step('group')).toContainText('还没有听到任何群')
  })

  await test.step('a group knocks and is admitted', async () => {
    await linli.deliver('neighbours', secret, [said('east', '3-2-1502周姐', '有人吗', { group_name: '荷塘苑邻里群' })])
    await step('group').getByRole('link', { name: '去登记（1 个群在等）' }).click()
    await page.getByTestId('groups-waiting').getByRole('button', { name: '登记' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('combobox', { name: '网格' }).fill('荷塘社区')
    await dialog.getByRole('option').first().click()
    await dialog.getByRole('textbox', { name: '负责单位' }).fill('荷塘社区居民委员会')
    await dialog.getByRole('textbox', { name: '依据' }).fill('居民入群时知情同意')
    await dialog.getByRole('button', { name: '登记' }).click()
    await expect(page.getByTestId('groups-admitted')).toContainText('荷塘苑邻里群')
    await page.goBack()
    await done('group')
  })

  await test.step('people may wait', async () => {
    await expect(step('people')).toHaveAttribute('aria-current', 'step')
    await step('people').getByRole('button', { name: '以后再说' }).click()
    await expect(step('message')).toHaveAttribute('aria-current', 'step')
    await clean(page)
  })

  await test.step('the first message, and its lead', async () => {
    await linli.deliver('neighbours', secret, [said('east', '3-2-1502周姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下')])
    await done('message')
    await expect(step('people')).toHaveAttribute('aria-current', 'step')
    await page.getByRole('link', { name: /^线索/ }).click()
    await expect(page.getByTestId('queue').getByRole('listitem')).toHaveCount(1)
  })

  await test.step('the first colleague ends it', async () => {
    await page.goto(`${linli.url}/start`)
    await step('people').getByRole('link', { name: '添加同事' }).click()
    await page.getByLabel('姓名').fill('周宁')
    await page.getByLabel('登录名').fill('zhouning')
    await page.getByRole('combobox', { name: '角色' }).selectOption('后台客服')
    await page.getByLabel('全部网格').check()
    await page.getByRole('button', { name: '添加同事' }).click()
    await expect(page.getByTestId('person-added')).toBeVisible()
    await page.goto(`${linli.url}/start`)
    await expect(start.getByRole('heading', { name: '开通好了' })).toBeVisible()
    await cleanInAllLooks(page)
  })
})
