// A lead goes to an officer as a case: on the phone it is accepted, gone to and done, also without a line; the desk sees it.
import { expect, test, type Browser, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { district, type District } from '../support/district'
import { Caller, Linli, until } from '../support/linli'

interface Lead { id: string; summary: string; decision_version: number }
interface Case { id: string; number: string; state: string; version: number; timeline: { kind: string; note: string | null }[] }

let linli: Linli
let there: District
const ids: Record<string, string> = {}
test.beforeAll(async () => {
  linli = await Linli.start()
  there = await district(linli)
  for (const [name, display_name, role] of [['sunhao', '孙浩', 'shift_leader'], ['wangmin', '王敏', 'officer'], ['liping', '李萍', 'officer']] as const) {
    const answer = await there.admin.call('POST', '/api/v1/users', { name, display_name, role, grid_id: there.grids.hetang })
    expect(answer.status).toBe(201)
    ids[name] = ((await answer.json()) as { id: string }).id
  }
})
test.afterAll(() => linli.clear())

async function enter(browser: Browser, name: string, viewport: { width: number; height: number }): Promise<Page> {
  const page = await (await browser.newContext({ viewport, hasTouch: viewport.width < 640 })).newPage()
  await page.goto(linli.command('user', 'link', name).match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.getByRole('link', { name: /事件/ }).click()
  return page
}
async function file(title: string, to: string, more: object = {}): Promise<Case> {
  const answer = await there.admin.call('POST', '/api/v1/cases', {
    title, category: 'lighting', urgency: 3, grid_id: there.grids.hetang, came_by: 'phone', answer_by: 'phone', contact_name: '刘婶', contact_phone: '13800138000', to, ...more,
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as Case
}
const caseNow = (id: string) => there.admin.get<Case>(`/api/v1/cases/${id}`)
const kinds = async (id: string) => (await caseNow(id)).timeline.map((entry) => entry.kind)

test('from the desk to the phone and back', async ({ browser }) => {
  test.setTimeout(240_000)
  const desk = await enter(browser, 'sunhao', { width: 1366, height: 768 })
  const phone = await enter(browser, 'wangmin', { width: 390, height: 844 })

  await test.step('nothing in hand is said', async () => {
    await expect(phone.getByText('手上没有事件')).toBeVisible()
    await expect(desk.getByText('现在没有未结的事件')).toBeVisible()
    await cleanInAllLooks(phone)
    await cleanInAllLooks(desk)
  })

  const lead = await until('the lead', async () => (await there.admin.get<{ leads: Lead[] }>('/api/v1/leads')).leads.find((each) => each.summary.includes('漏水')))
  const answer = await there.admin.call('POST', `/api/v1/leads/${lead.id}/dispatch`, { to: ids.wangmin }, { 'if-match': `"${lead.decision_version}"` })
  expect(answer.status).toBe(201)
  const { case: made } = (await answer.json()) as { case: Case }
  const card = phone.getByTestId('my-cases').getByRole('article').filter({ hasText: '漏水' })

  await test.step('it comes to the phone by itself and is accepted with a word to the group', async () => {
    await expect(toast(phone, made.number)).toBeVisible()
    await expect(card.getByRole('button', { name: '接单' })).toBeVisible()
    await expect(card.getByRole('checkbox', { name: '接单时在群里说一声' })).toBeChecked()
    await expect(card).toContainText('“收到，我来处理。”')
    await cleanInAllLooks(phone)
    const button = (await card.getByRole('button', { name: '接单' }).boundingBox())!
    expect(button.height).toBeGreaterThanOrEqual(60)
    expect(button.width).toBeGreaterThan(250)
    await card.getByRole('button', { name: '接单' }).click()
    await expect(toast(phone, `已接单：${made.number}`)).toBeVisible()
    await expect(card).toContainText('已接单')
    const row = desk.getByTestId('cases').locator(`[data-case="${made.number}"]`)
    await expect(row).toContainText('已接单 · 王敏')
    await row.getByRole('link').click()
    await expect(desk.getByTestId('case-due')).toContainText('到期')
    await expect(desk.getByTestId('case-state')).toHaveText('已接单')
  })
  await test.step('gone to, and done with a word', async () => {
    await card.getByRole('button', { name: '到场处理' }).click()
    await expect(card).toContainText('处置中')
    await card.getByRole('button', { name: '处置完成' }).click()
    const form = card.getByRole('form', { name: '处置完成' })
    await form.getByRole('button', { name: '处置完成' }).click()
    await expect(form).toContainText('请写一句')
    await form.getByRole('button', { name: '已修好' }).click()
    await clean(phone)
    // A photo is drawn anew and goes with it; what is none is told.
    await form.getByLabel('拍照或选照片').setInputFiles({ name: '说明.txt', mimeType: 'text/plain', buffer: Buffer.from('不是照片') })
    await expect(form.getByRole('alert').filter({ hasText: '不是照片' })).toBeVisible()
    await form.getByLabel('拍照或选照片').setInputFiles({ name: 'IMG_1.png', mimeType: 'image/png', buffer: await phone.screenshot() })
    await expect(form.getByRole('img', { name: '照片 1' })).toBeVisible()
    await clean(phone)
    await form.getByRole('button', { name: '处置完成' }).click()
    await expect(toast(phone, `处置完成：${made.number}`)).toBeVisible()
    await expect(phone.getByText('等回访或已挂起的 1 件')).toBeVisible()
  })
  await test.step('the desk sees what happened, follows up and closes', async () => {
    await expect(desk.getByTestId('case-state')).toHaveText('处置完成')
    const photo = desk.getByTestId('timeline').getByRole('img', { name: /^照片/ })
    await expect.poll(() => photo.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(300)
    await expect(desk.getByTestId('timeline')).toContainText('已修好')
    await cleanInAllLooks(desk)
    await desk.getByRole('button', { name: '回访' }).click()
    const form = desk.getByRole('form', { name: '回访' })
    await form.getByLabel('居民怎么说').fill('不滴水了，谢谢')
    await form.getByRole('radio', { name: '5 星' }).check({ force: true })
    await clean(desk)
    await form.getByRole('button', { name: '回访' }).click()
    await expect(desk.getByTestId('case-state')).toHaveText('已回访')
    await desk.getByRole('button', { name: '办结' }).click()
    await expect(desk.getByTestId('case-state')).toHaveText('已办结')
    await expect.poll(() => kinds(made.id)).toEqual(['dispatched_from_lead', 'accept', 'start', 'report_done', 'follow_up', 'close'])
  })

  await test.step('in the cellar: steps are kept, counted, and sent when the line is back', async () => {
    const light = await file('地下室的灯不亮', ids.wangmin!)
    const dark = phone.getByTestId('my-cases').locator(`[data-case="${light.number}"]`)
    await expect(dark.getByRole('link', { name: /打电话给刘婶/ })).toHaveAttribute('href', 'tel:13800138000')
    await expect(dark.getByRole('button', { name: '接单' })).toBeVisible()
    await phone.context().setOffline(true)
    await dark.getByRole('button', { name: '接单' }).click()
    await dark.getByRole('button', { name: '到场处理' }).click()
    await dark.getByRole('button', { name: '处置完成' }).click()
    const form = dark.getByRole('form', { name: '处置完成' })
    await form.getByLabel('怎么处理的').fill('换了灯泡')
    await form.getByRole('button', { name: '处置完成' }).click()
    await expect(phone.getByTestId('kept')).toHaveAttribute('data-count', '3')
    await expect(phone.getByTestId('kept')).toContainText('有 3 步还没发出')
    await expect(phone.getByText('做的每一步先存在本机，连上以后自己发。')).toBeVisible()
    await clean(phone)
    expect(await kinds(light.id)).toEqual(['filed'])
    await phone.context().setOffline(false)
    await expect(phone.getByTestId('kept')).toHaveCount(0, { timeout: 20_000 })
    await expect.poll(async () => (await caseNow(light.id)).state).toBe('reported_done')
    expect(await kinds(light.id)).toEqual(['filed', 'accept', 'start', 'report_done'])
    expect((await caseNow(light.id)).timeline.at(-1)!.note).toBe('换了灯泡')
  })
  await test.step('somebody else was there in between: said, nothing lost, let go by hand', async () => {
    const gate = await file('大门关不上', ids.wangmin!)
    const entry = phone.getByTestId('my-cases').locator(`[data-case="${gate.number}"]`)
    await expect(entry.getByRole('button', { name: '接单' })).toBeVisible()
    await phone.context().setOffline(true)
    await entry.getByRole('button', { name: '接单' }).click()
    const { version } = await caseNow(gate.id)
    const given = await there.admin.call('POST', `/api/v1/cases/${gate.id}/actions`, { action: 'transfer', to: ids.liping, reason: '王敏在地下室' }, { 'if-match': `"${version}"` })
    expect(given.status).toBe(200)
    await phone.context().setOffline(false)
    const strip = phone.getByTestId('kept')
    await expect(strip).toContainText(`${gate.number}：“接单”没办成`, { timeout: 20_000 })
    await strip.getByRole('link').click()
    await expect(phone.getByTestId('case-trouble')).toContainText('现在已转派，李萍')
    await clean(phone)
    await phone.getByRole('button', { name: '不做了' }).click()
    await expect(strip).toHaveCount(0)
    expect((await caseNow(gate.id)).state).toBe('transferred')
  })
})

test('filed by hand in one form; the board opens its lists; what is not there is said', async ({ browser }) => {
  const page = await enter(browser, 'sunhao', { width: 1366, height: 768 })
  await page.getByRole('link', { name: '登记' }).click()
  const form = page.getByRole('form', { name: '登记一件事' })
  await test.step('what is missing is said', async () => {
    await form.getByRole('button', { name: '登记并派单' }).click()
    await expect(form).toContainText('请写一句什么事')
    await expect(form).toContainText('请从列表里选一个类别')
    await expect(form).toContainText('打电话答复要有号码')
    await cleanInAllLooks(page)
  })
  await test.step('filed', async () => {
    await form.getByLabel('什么事').fill('楼道灯不亮')
    await form.getByLabel('在哪里').fill('荷塘苑3栋2单元')
    await expect(form.getByRole('combobox', { name: '归哪个网格' })).toHaveValue('荷塘社区')
    await form.getByRole('combobox', { name: '类别' }).fill('路灯')
    await form.getByRole('option', { name: /路灯/ }).click()
    await form.getByLabel('反映人的电话').fill('13800138001')
    await form.getByRole('button', { name: '登记并派单' }).click()
    await expect(toast(page, /已登记：/)).toBeVisible()
    await expect(page.getByTestId('case')).toContainText('楼道灯不亮')
    await expect(page.getByTestId('timeline')).toContainText('孙浩')
  })
  await test.step('a step that is refused keeps its words', async () => {
    await page.getByRole('button', { name: '督办' }).click()
    const step = page.getByRole('form', { name: '督办' })
    await step.getByLabel('什么时候以前办完').fill('2020-01-01T10:00')
    await step.getByRole('button', { name: '督办' }).click()
    await expect(step).toContainText('请选以后的时间')
    await step.getByRole('button', { name: '取消' }).click()
  })
  await test.step('the board', async () => {
    await page.getByRole('link', { name: '看板' }).click()
    const board = page.getByTestId('case-board')
    await expect(board.getByRole('heading', { name: /等人接/ })).toBeVisible()
    await cleanInAllLooks(page)
    const row = board.locator('[data-state=reported_done]')
    const count = Number(await row.locator('strong').innerText())
    await row.getByRole('link').first().click()
    await expect(page).toHaveURL(/state=reported_done/)
    await expect(page.getByTestId('cases').getByRole('listitem')).toHaveCount(count)
  })
  await test.step('no such case', async () => {
    await page.goto(`${linli.url}/cases/case_0000000000000`)
    await expect(page.getByText('找不到这个事件')).toBeVisible()
  })
  await test.step('who may not see cases is told who can', async () => {
    const admin: Caller = there.admin
    expect((await admin.call('POST', '/api/v1/users', { name: 'volunteer', display_name: '小陈', role: 'volunteer', grid_id: there.grids.hetang })).status).toBe(201)
    const other = await (await browser.newContext()).newPage()
    await other.goto(linli.command('user', 'link', 'volunteer').match(/http\S+/)![0])
    await other.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
    await expect(other.getByRole('link', { name: /事件/ })).toHaveCount(0)
    await other.goto(`${linli.url}/cases`)
    await expect(other.getByTestId('no-right')).toBeVisible()
  })
})
