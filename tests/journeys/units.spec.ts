// A handling unit works for a case by a link, without an account: the officer sends, the unit accepts and reports, the officer
// is told and confirms. The unit's side is spoken over HTTP, as its page does.
import { expect, test, type Browser, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district, type District } from '../support/district'
import { Linli } from '../support/linli'

interface Case { id: string; number: string }
interface Seen { version: number; state: string; what: string; place: string; contact: unknown; actions: { action: string }[] }

let linli: Linli
let there: District
const ids: Record<string, string> = {}
test.beforeAll(async () => {
  linli = await Linli.start()
  there = await district(linli)
  for (const [name, display_name, role] of [['sunhao', '孙浩', 'secretary'], ['wangmin', '王敏', 'officer']] as const) {
    const answer = await there.admin.call('POST', '/api/v1/users', { name, display_name, role, grid_id: there.grids.hetang })
    expect(answer.status).toBe(201)
    ids[name] = ((await answer.json()) as { id: string }).id
  }
})
test.afterAll(() => linli.clear())

async function enter(browser: Browser, name: string, path: string, viewport: { width: number; height: number }): Promise<Page> {
  const page = await (await browser.newContext({ viewport, hasTouch: viewport.width < 640 })).newPage()
  await page.goto(linli.command('user', 'link', name).match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.goto(`${linli.url}${path}`)
  return page
}
const unit = async (path: string, body?: object, version = 0) => {
  const answer = await fetch(`${linli.url}/api/v1/public/tasks/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...(version && { 'if-match': `"${version}"` }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: answer.status, body: (await answer.json()) as Seen }
}

test('a unit without an account', async ({ browser }) => {
  test.setTimeout(240_000)
  const desk = await enter(browser, 'sunhao', '/units', { width: 1366, height: 768 })

  await test.step('the secretary adds a unit', async () => {
    await expect(desk.getByText('还没有承办单位。')).toBeVisible()
    await cleanInAllLooks(desk)
    await desk.getByRole('button', { name: '添加单位' }).click()
    await desk.getByRole('button', { name: '保存' }).click()
    await expect(desk.getByText('请填写单位名称')).toBeVisible()
    await desk.locator('input[name="unit-name"]').fill('锦宁燃气')
    await desk.locator('select[name="unit-kind"]').selectOption('gas')
    await desk.locator('input[name="unit-phone"]').fill('02888880000')
    await desk.locator('input[name="unit-grid"]').fill('荷塘')
    await desk.getByRole('option', { name: /荷塘社区/ }).first().click()
    await clean(desk)
    await desk.getByRole('button', { name: '保存' }).click()
    await expect(toast(desk, '已添加：锦宁燃气')).toBeVisible()
    await expect(desk.getByTestId('units')).toContainText('荷塘社区')
  })

  const filed = await there.admin.call('POST', '/api/v1/cases', {
    title: '楼道有煤气味', place: '锦苑3栋2单元', category: 'gas', urgency: 2, grid_id: there.grids.hetang, came_by: 'phone', answer_by: 'phone',
    contact_name: '刘婶', contact_phone: '13800138000', to: ids.wangmin,
  })
  expect(filed.status).toBe(201)
  const one = (await filed.json()) as Case
  const phone = await enter(browser, 'wangmin', `/cases/${one.id}`, { width: 390, height: 844 })
  let token = ''

  await test.step('the officer gives it a piece and gets a link, once', async () => {
    await phone.getByRole('button', { name: '交给单位办' }).click()
    await cleanInAllLooks(phone)
    await phone.locator('select[name="unit"]').selectOption({ label: '锦宁燃气 · 燃气' })
    await phone.locator('textarea[name="task-what"]').fill('查漏，必要时关阀')
    await phone.getByRole('button', { name: '交给单位办' }).click()
    const link = phone.getByTestId('task-link')
    await expect(link).toContainText('把这个链接发给锦宁燃气')
    token = (await link.locator('.address').textContent())!.trim().split('/').at(-1)!
    expect(token).toHaveLength(22)
    await cleanInAllLooks(phone)
  })

  await test.step('the unit sees the place and the task, not who called', async () => {
    const seen = await unit(token)
    expect(seen.status).toBe(200)
    expect(seen.body).toMatchObject({ state: 'sent', what: '查漏，必要时关阀', place: '锦苑3栋2单元', contact: null })
    expect(JSON.stringify(seen.body)).not.toMatch(/刘婶|13800138000|王敏/)
    expect((await unit(`${token}/actions`, { action: 'accept' }, 1)).status).toBe(200)
    expect((await unit(`${token}/actions`, { action: 'report_done', note: '换了阀门，不漏了' }, 2)).body.state).toBe('reported_done')
  })

  await test.step('the officer is told, sends it back once, then confirms', async () => {
    await expect(phone.getByTestId('bell-count')).toHaveText('1')
    const task = phone.getByTestId('tasks').locator('li').first()
    await expect(task).toContainText('单位报完成')
    await expect(task).toContainText('换了阀门，不漏了')
    await task.getByRole('button', { name: '返工' }).click()
    await task.locator('textarea[name="task-reason"]').fill('二楼还有味道')
    await task.getByRole('button', { name: '返工' }).click()
    await expect(task).toContainText('单位已接')
    expect((await unit(`${token}/actions`, { action: 'report_done', note: '二楼也处理了' }, 4)).status).toBe(200)
    await expect(task).toContainText('二楼也处理了')
    await task.getByRole('button', { name: '验收通过' }).click()
    await expect(task).toContainText('已验收')
    await expect(phone.getByTestId('timeline')).toContainText('验收通过：锦宁燃气')
    expect((await unit(token)).body.actions).toEqual([])
  })

  await test.step('nothing overflows', async () => {
    for (const page of [desk, phone]) expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true)
  })
})
