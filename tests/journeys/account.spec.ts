// One's own account: a session elsewhere is ended, a second factor is set up and used; and keys, and what the log tells of it all.
import { createHmac } from 'node:crypto'
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { Linli } from '../support/linli'

let linli: Linli
test.beforeAll(async () => { linli = await Linli.start() })
test.afterAll(() => linli.clear())

const PASSWORD = 'five quiet lanterns'
const link = () => linli.command('user', 'link', 'admin').match(/http\S+/)![0]

// RFC 6238: six digits, 30 seconds, SHA-1.
function totp(base32: string, at = Date.now()): string {
  const bits = [...base32.replace(/[\s=]/g, '')].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  return String((mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
async function setPassword(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: '设置密码' })
  await dialog.getByLabel(/新密码/).fill(PASSWORD)
  await dialog.getByLabel('再输一遍').fill(PASSWORD)
  await dialog.getByRole('button', { name: '设置密码' }).click()
  await expect(toast(page, '密码已设好')).toBeVisible()
}
async function signIn(page: Page): Promise<void> {
  await page.goto(`${linli.url}/sign-in`)
  await page.getByLabel('名字').fill('admin')
  await page.getByLabel('密码').fill(PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
}

test('sessions, second factor, keys, the log', async ({ page, browser }) => {
  test.setTimeout(180_000)
  await page.goto(link())
  await setPassword(page)
  const factor = page.getByTestId('second-factor')

  await test.step('a session elsewhere is seen and ended', async () => {
    const elsewhere = await (await browser.newContext()).newPage()
    await signIn(elsewhere)
    await expect(elsewhere.getByTestId('first-day')).toBeVisible()
    await page.getByRole('button', { name: '我：管理员' }).click()
    await page.getByRole('link', { name: '我的账号' }).click()
    const sessions = page.getByTestId('sessions').getByRole('listitem')
    await expect(sessions).toHaveCount(2)
    await cleanInAllLooks(page)
    await sessions.filter({ hasNotText: '正在用' }).getByRole('button', { name: /^退出/ }).click()
    await expect(sessions).toHaveCount(1)
    await expect(elsewhere.getByRole('heading', { name: '登录' })).toBeVisible()
  })

  let secret = ''
  await test.step('the second factor is turned on; recovery codes are told once', async () => {
    await factor.getByRole('button', { name: '打开' }).click()
    await factor.getByLabel('密码').fill(PASSWORD)
    await factor.getByRole('button', { name: '下一步' }).click()
    await expect(factor.locator('svg[viewBox]').last()).toBeVisible()
    secret = (await factor.locator('code').textContent())!
    await cleanInAllLooks(page)
    await factor.getByLabel('验证器上的 6 位数').fill('000000')
    await factor.getByRole('button', { name: '打开' }).click()
    await expect(factor.getByRole('alert')).toBeVisible()
    await factor.getByLabel('验证器上的 6 位数').fill(totp(secret))
    await factor.getByRole('button', { name: '打开' }).click()
    await expect(page.getByTestId('recovery-codes').getByRole('listitem')).toHaveCount(10)
    await clean(page)
  })
  const code = (await page.getByTestId('recovery-codes').getByRole('listitem').first().textContent())!
  await test.step('password alone opens nothing any more; a recovery code does', async () => {
    await factor.getByRole('button', { name: '已存好' }).click()
    await expect(factor).toContainText('还剩 10 个恢复码')
    const other = await (await browser.newContext()).newPage()
    await signIn(other)
    await other.getByLabel('验证码').fill(code)
    await clean(other)
    await other.getByRole('button', { name: '登录' }).click()
    await expect(other.getByTestId('first-day')).toBeVisible()
    await page.reload()
    await expect(factor).toContainText('还剩 9 个恢复码')
  })
  await test.step('and off again', async () => {
    await factor.getByRole('button', { name: '关掉' }).click()
    await factor.getByLabel('密码').fill(PASSWORD)
    await factor.getByRole('button', { name: '关掉' }).click()
    await expect(factor.getByRole('button', { name: '打开' })).toBeVisible()
  })

  await test.step('a key is made, told once, used, revoked', async () => {
    await page.getByRole('link', { name: '设置' }).click()
    await page.getByTestId('settings').getByRole('link', { name: /^密钥/ }).click()
    await expect(page.getByText('还没有密钥')).toBeVisible()
    await page.getByRole('button', { name: '发密钥' }).click()
    await page.getByRole('button', { name: '发', exact: true }).click()
    await expect(page.getByText('请写给谁用')).toBeVisible()
    await cleanInAllLooks(page)
    await page.getByLabel('给谁用').fill('街道数据平台')
    await page.getByRole('button', { name: '发', exact: true }).click()
    const token = (await page.getByTestId('token').textContent())!
    await clean(page)
    const call = () => fetch(`${linli.url}/api/v1/leads`, { headers: { authorization: `Bearer ${token}` } })
    expect((await call()).status).toBe(200)
    await page.getByRole('button', { name: '已存好' }).click()
    await page.getByRole('button', { name: '停用“街道数据平台”' }).click()
    await page.getByRole('button', { name: '马上停用' }).click()
    await expect(page.getByTestId('keys')).toContainText('已停用')
    expect((await call()).status).toBe(401)
  })

  await test.step('the log tells it in plain words, narrowed and taken out', async () => {
    await page.getByRole('link', { name: '审计' }).click()
    const log = page.getByTestId('audit')
    await expect(log.locator('[data-what="api_key.revoked"]')).toContainText('停了密钥')
    await cleanInAllLooks(page)
    await page.getByLabel('做了什么').selectOption('两步验证')
    await expect(log.locator('[data-what="second_factor.turned_on"]')).toContainText('打开了两步验证')
    await expect(log.locator('[data-what="api_key.revoked"]')).toHaveCount(0)
    await expect(page).toHaveURL(/what=second_factor/)
    const download = page.waitForEvent('download')
    await page.getByRole('link', { name: '导出 CSV' }).click()
    expect((await download).suggestedFilename()).toBe('linli-audit.csv')
    await page.getByRole('button', { name: '清除筛选' }).click()
    await expect(log.locator('[data-what="export.made"]')).toBeVisible()
    for (const row of await log.locator('[data-what]').all()) expect(await row.textContent()).not.toMatch(/[a-z]+_[a-z]+\.[a-z]+|^[a-z_]+\.[a-z_]+$/)
  })
})
