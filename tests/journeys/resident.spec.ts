// What residents and handling units do on their phones, in the pages under /r/: a leak from the link in the group to the stars,
// a report while the network comes and goes, and a plumber who has no account.
import { expect, test, type Browser, type Page } from '@playwright/test'
import { clean } from '../support/axe'
import { district, type District } from '../support/district'
import { Linli, until } from '../support/linli'

interface Lead { id: string; summary: string; decision_version: number }
interface Case { id: string; number: string; state: string; version: number; timeline: { kind: string; note: string | null; files: { id: string }[] }[] }

let linli: Linli
let there: District
test.beforeAll(async () => {
  linli = await Linli.start({ env: { LINLI_RESIDENTS_URL: 'https://residents.example/r/' } })
  there = await district(linli)
  const office = { name: '清溪河街道', phones: [{ name: '值班室', number: '028-5550100' }], form_open: true, tell_progress: false }
  expect((await there.admin.call('PUT', '/api/v1/residents/policy', office, { 'if-match': '"0"' })).status).toBe(200)
})
test.afterAll(() => linli.clear())

const leadOf = (words: string) => until(`a lead about ${words}`, async () =>
  (await there.admin.get<{ leads: Lead[] }>('/api/v1/leads')).leads.find((each) => each.summary.includes(words)), 20_000)
async function dispatch(lead: Lead, body: object = {}): Promise<Case> {
  const answer = await there.admin.call('POST', `/api/v1/leads/${lead.id}/dispatch`, body, { 'if-match': `"${lead.decision_version}"` })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { case: Case }).case
}
const caseNow = (id: string) => there.admin.get<Case>(`/api/v1/cases/${id}`)
async function act(id: string, body: object): Promise<void> {
  const { version } = await caseNow(id)
  expect((await there.admin.call('POST', `/api/v1/cases/${id}/actions`, body, { 'if-match': `"${version}"` })).status, JSON.stringify(body)).toBe(200)
}

// A phone; nothing on it may ask any host but ours.
async function phone(browser: Browser, viewport = { width: 360, height: 640 }): Promise<{ page: Page; outside: string[] }> {
  const page = await (await browser.newContext({ viewport, hasTouch: true })).newPage()
  const outside: string[] = []
  page.on('request', (request) => { if (!request.url().startsWith(linli.url) && !request.url().startsWith('data:')) outside.push(request.url()) })
  return { page, outside }
}

const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
const link = (page: Page, name: string | RegExp) => page.getByRole('link', { name })
const titled = (page: Page, name: string | RegExp) => expect(page.getByRole('heading', { level: 1, name })).toBeVisible()

// Light, dark, 长辈版, 长辈版 dark: nothing wrong, nothing wider than the screen, large targets.
async function cleanInAllLooks(page: Page): Promise<void> {
  for (const size of [17, 30]) {
    await page.evaluate((chosen) => localStorage.setItem('linli.display', JSON.stringify({ type: 'object', data: { size: chosen, language: 'zh' } })), size)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await page.reload()
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expect(page.getByText('正在打开…')).toBeHidden()
      await clean(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0)
    }
    const small = await page.locator('button, .go-main, .go-row, .field-input').evaluateAll((all, least) =>
      all.filter((one) => one.getBoundingClientRect().height < least && one.getBoundingClientRect().height > 2).map((one) => one.outerHTML.slice(0, 120)), size === 30 ? 60 : 44)
    expect(small).toEqual([])
  }
  await page.evaluate(() => localStorage.removeItem('linli.display'))
  await page.emulateMedia({ colorScheme: 'light' })
  await page.reload()
}

// A picture as a camera makes it, 3,000 × 2,000, drawn by the browser.
async function photo(page: Page): Promise<Buffer> {
  const bytes = await page.evaluate(async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 3000, height: 2000 })
    const pen = canvas.getContext('2d')!
    for (let n = 0; n < 200; ++n) { pen.fillStyle = `hsl(${n * 17} 60% 50%)`; pen.fillRect((n * 331) % 3000, (n * 197) % 2000, 250, 200) }
    const blob = await new Promise<Blob>((done) => canvas.toBlob((made) => done(made!), 'image/jpeg', 0.95))
    return [...new Uint8Array(await blob.arrayBuffer())]
  })
  return Buffer.from(bytes)
}
async function addPhoto(page: Page, buffer: Buffer): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), button(page, '加照片').click()])
  await chooser.setFiles({ name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer })
}

test('a leak, from the link in the group to the stars', async ({ browser }) => {
  test.setTimeout(480_000)
  const { page, outside } = await phone(browser)
  const made = await dispatch(await leadOf('漏水'), { tell: { text: '已派人，马上来', way: 'group', link: true } })
  const token = await until('words with the link', async () => {
    const { outgoing } = await there.admin.get<{ outgoing: { text: string }[] }>('/api/v1/outgoing')
    return outgoing.map((each) => /residents\.example\/r\/\?t=(\S+)/.exec(each.text)?.[1]).find(Boolean)
  }, 20_000)

  await test.step('the link tells where it stands, and nothing about anybody', async () => {
    await page.goto(`${linli.url}/r/?t=${token}`)
    await titled(page, /漏水/)
    await expect(page.getByTestId('state')).toContainText('荷塘社区')
    await expect(page.getByTestId('state')).toContainText(made.number)
    expect(await page.locator('body').innerText()).not.toMatch(/周姐|1502|天花板/)
    expect(new URL(page.url()).search, 'the token is in no address that is sent').toBe('')
    await cleanInAllLooks(page)
  })
  await act(made.id, { action: 'accept' })

  await test.step('a word and a photo, made small on the phone', async () => {
    await link(page, '补充一句或照片').click()
    await titled(page, '您想补充什么？')
    await cleanInAllLooks(page)
    await button(page, '发送').click()
    await expect(page.getByRole('alert').getByRole('link', { name: '请写一句话，或者加一张照片' })).toBeVisible()
    await page.getByLabel('补充的话').fill('厨房也在滴')
    await addPhoto(page, await photo(page))
    const shown = page.getByAltText('第 1 张照片')
    await expect(shown).toBeVisible()
    expect(await shown.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight])).toEqual([1600, 1067])
    await button(page, '发送').click()
    await titled(page, /漏水/)
    await expect(page.getByText('收到了，谢谢')).toBeVisible()
    await expect(page.getByTestId('timeline').getByRole('img').first()).toBeVisible()
    expect((await caseNow(made.id)).timeline.at(-1)).toMatchObject({ kind: 'resident_note', note: '厨房也在滴' })
  })
  await act(made.id, { action: 'report_done', note: '换了水管' })

  await test.step('not fixed: it is open again', async () => {
    await button(page, '看看有没有新的').click()
    await expect(page.getByRole('heading', { name: '修好了吗？' })).toBeVisible()
    await cleanInAllLooks(page)
    await link(page, '还没好').click()
    await page.getByLabel('哪里没好').fill('还在滴')
    await button(page, '发送').click()
    await titled(page, /漏水/)
    await expect(link(page, '还没好')).toBeHidden()
    expect((await caseNow(made.id)).timeline.at(-1)).toMatchObject({ kind: 'resident_reopen' })
  })
  await act(made.id, { action: 'accept' })
  await act(made.id, { action: 'report_done', note: '又换了一段' })

  await test.step('fixed: five stars, and it is closed', async () => {
    await button(page, '看看有没有新的').click()
    await link(page, '修好了').click()
    await button(page, '发送').click()
    await expect(page.getByRole('alert')).toContainText('请点一颗星')
    await button(page, '5 颗星').click()
    await page.getByLabel('还有什么想说的').fill('谢谢')
    await cleanInAllLooksAfterStars(page)
    await button(page, '发送').click()
    await expect(page.getByText('您打了 5 颗星')).toBeVisible()
    await expect(link(page, '打个分')).toBeHidden()
    expect((await caseNow(made.id)).state).toBe('closed')
  })

  await test.step('it is broken again within the week', async () => {
    await link(page, /又坏了/).click()
    await page.getByLabel('现在的情况').fill('又滴了')
    await button(page, '发送').click()
    await titled(page, /漏水/)
    await until('open again', async () => (await caseNow(made.id)).state === 'reopened')
  })

  await test.step('the phone knows it, until it is told to forget', async () => {
    await page.goto(`${linli.url}/r/`)
    await titled(page, '清溪河街道')
    await expect(link(page, new RegExp(made.number))).toBeVisible()
    await cleanInAllLooks(page)
    await button(page, '长辈版').click()
    expect(await page.locator('.page').evaluate((one) => Number.parseFloat(getComputedStyle(one).fontSize))).toBeGreaterThanOrEqual(18)
    await link(page, '字体和语言').click()
    await button(page, '全部删掉').click()
    await button(page, 'English').click()
    await titled(page, 'Text size and language')
    await page.goto(`${linli.url}/r/`)
    await expect(page.getByText('None yet.')).toBeVisible()
  })
  expect(outside).toEqual([])
})

// The words of a form that is begun outlive a reload; the stars are given again.
async function cleanInAllLooksAfterStars(page: Page): Promise<void> {
  await clean(page)
  await page.emulateMedia({ colorScheme: 'dark' })
  await clean(page)
  await page.emulateMedia({ colorScheme: 'light' })
}

test('a report, one question a page, while the network comes and goes', async ({ browser }) => {
  test.setTimeout(480_000)
  const { page, outside } = await phone(browser, { width: 390, height: 844 })
  const went: string[] = []
  page.on('request', (request) => { if (request.method() === 'POST') went.push(new URL(request.url()).pathname) })

  await page.goto(`${linli.url}/r/`)
  await link(page, /报一件事/).click()
  await titled(page, '出了什么事？')
  await cleanInAllLooks(page)
  await button(page, '继续').click()
  await page.getByRole('alert').getByRole('link', { name: '请说一说出了什么事' }).click()
  await expect(page.getByLabel('用您自己的话说')).toBeFocused()
  await page.getByLabel('用您自己的话说').fill('7栋楼道的灯坏了，晚上看不见路')
  await button(page, '继续').click()
  await titled(page, '在哪里？')
  await page.getByLabel('小区、几栋几单元').fill('不知道')
  await button(page, '继续').click()
  // Two communities, and the place does not tell which: the person does.
  await titled(page, '是哪个社区？')
  await cleanInAllLooks(page)
  await button(page, '荷塘社区').click()
  // What lies nearby may be shown as known already; it is not this.
  await expect(page.getByRole('heading', { level: 1, name: /有照片吗？|是不是这件事？/ })).toBeVisible()
  if (await button(page, '都不是，继续报').isVisible()) await button(page, '都不是，继续报').click()
  await titled(page, '有照片吗？')
  await addPhoto(page, Buffer.from('this is no picture'))
  await expect(page.getByRole('alert')).toContainText('有一张照片打不开')
  await addPhoto(page, await photo(page))
  await expect(page.getByAltText('第 1 张照片')).toBeVisible()
  await button(page, '继续').click()
  await titled(page, '怎么联系您？')
  await page.getByLabel('怎么称呼您').fill('何叔')
  await page.getByLabel('电话').fill('1380')
  await button(page, '继续').click()
  await expect(page.getByRole('alert')).toContainText('电话号码不对')
  await page.getByLabel('电话').fill('138 0000 4321')
  await button(page, '继续').click()
  await titled(page, '看一看，对不对？')
  await cleanInAllLooks(page)

  await page.context().setOffline(true)
  await expect(page.getByText('没有网络。')).toBeVisible()
  await button(page, '发给社区').click()
  await expect(page.getByRole('alert')).toContainText('没有发出去')
  await page.context().setOffline(false)
  await page.reload()  // or the phone was put away
  await expect(page.getByText('7栋楼道的灯坏了')).toBeVisible()
  await button(page, '发给社区').click()
  await titled(page, '收到了')
  expect(went.filter((where) => where.endsWith('/reports'))).toHaveLength(1)

  await link(page, '看进度').click()
  await expect(page.getByTestId('state')).toContainText('荷塘社区')
  const lead = await leadOf('灯')
  const made = await dispatch(lead)
  await button(page, '看看有没有新的').click()
  await expect(page.getByTestId('state')).toContainText(made.number)

  await test.step('on another phone, by number and digits; five wrong tries are too many', async () => {
    const other = await phone(browser)
    await other.page.goto(`${linli.url}/r/find`)
    await cleanInAllLooks(other.page)
    const ask = async (digits: string) => {
      await other.page.getByLabel('编号').fill(made.number.toLowerCase())
      await other.page.getByLabel('电话后四位').fill(digits)
      await button(other.page, '查').click()
    }
    await ask('1111')
    await expect(other.page.getByRole('alert')).toContainText('没有查到')
    await ask('4321')
    await expect(other.page.getByTestId('state')).toContainText(made.number)
    await other.page.goto(`${linli.url}/r/find`)
    for (let n = 0; n < 6; ++n) {
      const answered = other.page.waitForResponse(/cases\/find/)
      await ask(`222${n}`)
      await answered
    }
    await expect(other.page.getByRole('alert')).toContainText('试的次数太多了')
    expect(other.outside).toEqual([])
  })

  await test.step('a link that is none', async () => {
    await page.goto(`${linli.url}/r/?t=AAAAAAAAAAAAAAAAAAAAAA`)
    await titled(page, '这个链接打不开了')
    await expect(link(page, /028-5550100/)).toBeVisible()
    await cleanInAllLooks(page)
  })
  expect(outside).toEqual([])
})

test('a handling unit without an account', async ({ browser }) => {
  test.setTimeout(300_000)
  const json = async (answer: Response, status: number) => {
    expect(answer.status).toBe(status)
    return answer.json()
  }
  const unit = await json(await there.admin.call('POST', '/api/v1/units', { name: '望江楼物业', kind: 'property' }), 201) as { id: string }
  const made = await dispatch(await leadOf('停电'))
  await act(made.id, { action: 'accept' })
  const sent = await json(await there.admin.call('POST', `/api/v1/cases/${made.id}/tasks`,
    { unit_id: unit.id, what: '5 栋整栋停电，请查总闸', due_at: new Date(Date.now() + 7_200_000).toISOString() }), 201) as { path: string; token: string }

  const { page, outside } = await phone(browser)
  await page.goto(linli.url + sent.path)
  await titled(page, '请您处理')
  await expect(page.getByTestId('task')).toContainText('请查总闸')
  expect(await page.locator('body').innerText()).not.toMatch(/老郑|1203/)
  await cleanInAllLooks(page)

  await link(page, '退回，说原因').click()
  await titled(page, '为什么退回？')
  await button(page, '发送').click()
  await expect(page.getByRole('alert')).toContainText('请写退回的原因')
  await link(page, '返回').click()
  await button(page, '接单').click()
  await expect(page.getByTestId('task')).toContainText('您已接单')
  await link(page, '做完了').click()
  await page.getByLabel('做完了什么').fill('总闸跳了，已经合上')
  await button(page, '发送').click()
  await expect(page.getByTestId('task')).toContainText('总闸跳了，已经合上')
  await expect(page.getByTestId('task')).toContainText('您已报完成')
  await cleanInAllLooks(page)

  await page.goto(`${linli.url}/r/task/AAAAAAAAAAAAAAAAAAAAAA`)
  await titled(page, '这个链接打不开了')
  expect(outside).toEqual([])
})
