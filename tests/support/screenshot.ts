// Makes docs/images/desk.png from the real program: scripts/with-node node tests/support/screenshot.ts
import path from 'node:path'
import { chromium } from '@playwright/test'
import { Linli } from './linli.ts'

const out = process.argv[2] ?? path.resolve(import.meta.dirname, '../../docs/images/desk.png')
const linli = await Linli.start({ args: ['--demo', '--demo-speed', '40'] })
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
try {
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  await page.goto(linli.signInLink)
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  const rows = page.getByTestId('queue').getByRole('listitem')
  await rows.nth(4).waitFor({ timeout: 60_000 })
  await rows.filter({ hasText: /漏水/ }).first().click()
  await page.waitForTimeout(1500)
  await page.screenshot({ path: out })
} finally {
  await browser.close()
  await linli.clear()
}
