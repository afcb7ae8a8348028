// What a newcomer sees first: scripts/run starts this.
import { expect, test } from '@playwright/test'
import { Linli } from '../support/linli'

test('the demo starts, leads appear, the district has its grids, a restart goes on', async ({ page }) => {
  let linli = await Linli.start({ args: ['--demo', '--demo-speed', '600'] })
  try {
    await page.goto(linli.signInLink)
    await page.getByRole('button', { name: '以后再说' }).click()
    await expect(page.getByTestId('demo')).toBeVisible()
    await expect(page.getByTestId('queue').getByRole('listitem').nth(2)).toBeVisible()
    await page.getByRole('link', { name: '设置' }).click()
    await page.getByTestId('settings').getByRole('link', { name: /^网格/ }).click()
    await expect(page.getByRole('tree', { name: '网格树' })).toContainText('清溪区')
    linli = await linli.restart(['--demo', '--demo-speed', '600'])
    await page.goto(linli.signInLink)
    await page.getByRole('button', { name: '以后再说' }).click()
    await expect(page.getByTestId('queue').getByRole('listitem').nth(2)).toBeVisible()
  } finally {
    await linli.clear()
  }
})
