// A matter of the other day is found again by its words, from wherever one is.
import { expect, test } from '@playwright/test'
import { clean, cleanInAllLooks } from '../support/axe'
import { Caller, Linli, said, until } from '../support/linli'

let linli: Linli
test.beforeAll(async () => { linli = await Linli.start() })
test.afterAll(() => linli.clear())

test('found by words and number, not by chatter', async ({ page }) => {
  test.setTimeout(120_000)
  const secret = linli.addChannel('neighbours', '--admit-all')
  const admin = await Caller.signIn(linli)
  await linli.deliver('neighbours', secret, [
    said('south', '6-1-301何姐', '6栋1单元楼上漏水，天花板一直在滴水，物业来看看', { group_name: '南苑群' }, 60),
    said('south', '老秦', '明天打麻将三缺一', {}, 30),
  ])
  interface Page { results: { lead: { id: string } | null }[] }
  const find = (words: string) => admin.get<Page>(`/api/v1/search?q=${encodeURIComponent(words)}`)
  const one = await until('it is found', async () => (await find('天花板')).results[0]?.lead)

  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.getByRole('link', { name: '群', exact: true }).click()
  await page.keyboard.press('Control+k')
  const palette = page.getByTestId('palette')
  await palette.getByRole('combobox').fill('6栋 滴水')
  await expect(palette.getByRole('option').last()).toContainText('在所有线索和事件里找“6栋 滴水”')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Enter')

  const results = page.getByTestId('search-results')
  await expect(results.getByRole('listitem')).toHaveCount(1)
  await expect(results.locator('mark').first()).toHaveText('6栋')
  await expect(page).toHaveURL(/q=6/)
  await cleanInAllLooks(page)

  const field = page.getByTestId('search-field')
  await field.fill('麻将')
  await field.press('Enter')
  await expect(page.getByText('没有找到“麻将”。')).toBeVisible()
  await clean(page)
  await field.fill('滴')
  await field.press('Enter')
  await expect(page.getByText('写两个字以上')).toBeVisible()
  await page.goBack()
  await page.goBack()
  await results.getByRole('link').first().click()
  await expect(page).toHaveURL(new RegExp(one.id))
  await expect(page.getByRole('region', { name: '聊天记录' })).toContainText('一直在滴水')
})
