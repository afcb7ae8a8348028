// What a newcomer sees first: scripts/run starts this.
import { expect, test } from '@playwright/test'
import { Linli } from '../support/linli'

test('the demo starts, leads appear, the district has its grids, a restart goes on', async ({ page }) => {
  test.setTimeout(120_000)
  let linli = await Linli.start({ args: ['--demo', '--demo-speed', '600'] })
  try {
    await page.goto(linli.signInLink)
    await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
    await expect(page.getByTestId('demo')).toBeVisible()
    await expect(page.getByTestId('queue').getByRole('listitem').nth(2)).toBeVisible()
    await page.getByRole('link', { name: '设置' }).click()
    await page.getByTestId('settings').getByRole('link', { name: /^网格/ }).click()
    await expect(page.getByRole('tree', { name: '网格树' })).toContainText('清溪区')
    await page.goto(`${linli.url}/people`)
    await expect(page.getByText('王敏')).toBeVisible()
    // The next evening begins with an empty queue.
    const read = async (where: string) => (await page.request.get(linli.url + where)).json()
    await expect.poll(async () => (await read('/api/v1/demo')).round, { timeout: 60_000 }).toBeGreaterThan(1)
    expect((await read('/api/v1/leads?state=dismissed')).total).toBeGreaterThan(0)
    linli = await linli.restart(['--demo', '--demo-speed', '600'])
    await page.goto(linli.signInLink)
    await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
    await expect(page.getByTestId('queue').getByRole('listitem').nth(2)).toBeVisible()
  } finally {
    await linli.clear()
  }
})
