// Two people at one desk: who is at a lead is seen by the other, what both send is said once, what was sent is taken back in
// time, and where software may not write a person carries the words.
import { expect, test, type Browser, type Page } from '@playwright/test'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cleanInAllLooks, toast } from '../support/axe'
import { Caller, Linli, said, until } from '../support/linli'

let linli: Linli
let secret: string
let admin: Caller
let robot: Server
let posted: { group: string; text: string; quotes?: string }[]

// The bot of a district: says in the group what it is given.
test.beforeAll(async () => {
  posted = []
  robot = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => { body += chunk })
    request.on('end', () => {
      const { data } = JSON.parse(body)
      posted.push({ group: data.group, text: data.text, quotes: data.reply_to })
      response.end('{}')
    })
  })
  await new Promise<void>((resolve) => robot.listen(0, '127.0.0.1', resolve))
  linli = await Linli.start()
  secret = linli.addChannel('neighbours', '--admit-all')
  admin = await Caller.signIn(linli)
  linli.command('user', 'add', 'zhou', '--display', '小周', '--role', 'agent')
})
test.afterAll(async () => {
  robot.close()
  await linli.clear()
})

const sends = (to: string | null) => admin.call('PUT', '/api/v1/channels/neighbours', { send_url: to })
const waysOut = () => sends(`http://127.0.0.1:${(robot.address() as AddressInfo).port}/send`)

async function person(browser: Browser, name: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage()
  await page.goto(linli.command('user', 'link', name).match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)  // it takes the keys for itself
  return page
}
const row = (page: Page, text: string | RegExp) => page.getByTestId('queue').getByRole('listitem').filter({ hasText: text })
const box = (page: Page) => page.getByTestId('reply')
const text = (page: Page) => box(page).getByRole('textbox', { name: /写给居民的话|说了什么/ })
async function write(page: Page, words: string): Promise<void> {
  await page.keyboard.press('r')
  await expect(text(page)).toBeFocused()
  await text(page).fill(words)
}

test('one is at it, the other sees it, takes over; both send and it is said once', async ({ browser }) => {
  await waysOut()
  const asked = said('east', '3-2-1502周姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下', { group_name: '东苑邻里群' }, 50)
  await linli.deliver('neighbours', secret, [asked])
  const first = await person(browser, 'admin')
  const second = await person(browser, 'zhou')
  await row(first, '漏水').click()

  await test.step('presence', async () => {
    await expect(row(second, '漏水').getByTestId('claim')).toHaveText('管理员正在看')
    await row(second, '漏水').click()
    const side = second.getByRole('complementary', { name: '判断' })
    await expect(side.getByTestId('claim')).toHaveText('管理员正在看')
    await first.keyboard.press('r')
    await text(first).pressSequentially('马上')
    await expect(side.getByTestId('claim')).toHaveText('管理员正在写')
    await write(second, '我来')
    await second.keyboard.press('Control+Enter')
    await expect(toast(second, '管理员 正在写答复')).toBeVisible()
    await toast(second, '管理员 正在写答复').getByRole('button', { name: '看看' }).click()
    await expect(text(second)).toHaveValue('我来')
    await box(second).getByRole('button', { name: '接手' }).click()
    await expect(first.getByRole('complementary', { name: '判断' }).getByTestId('claim')).toHaveText(/小周正在/)
    await first.getByRole('complementary', { name: '判断' }).getByRole('button', { name: '接手' }).click()
  })

  await test.step('the race: both press at once', async () => {
    await text(first).fill('周姐您好，已经请物业上门。')
    await text(second).fill('周姐，我让师傅来看。')
    // Neither is seen as writing: what decides is which one the program hears first.
    const [lead] = (await admin.get<{ leads: { id: string }[] }>('/api/v1/leads?state=open')).leads
    await admin.call('DELETE', `/api/v1/leads/${lead!.id}/claim`)
    await first.getByRole('checkbox', { name: /事情还没完/ }).uncheck()
    await second.getByRole('checkbox', { name: /事情还没完/ }).uncheck()
    await Promise.all([first, second].map((page) => text(page).press('Control+Enter')))
    await until('one of them', async () => (await admin.get<{ total: number }>('/api/v1/leads?state=answered')).total === 1)
    const card = await admin.get<{ replies: { by: { display_name: string } }[] }>(`/api/v1/leads/${lead!.id}`)
    expect(card.replies).toHaveLength(1)
    const loser = card.replies[0]!.by.display_name === '小周' ? first : second
    await expect(toast(loser, /答复没有发出，写的话还在/)).toBeVisible()
    await toast(loser, /答复没有发出/).getByRole('button', { name: '看看' }).click()
    await expect(box(loser)).toContainText(/已在 \d\d:\d\d 答复|正在写答复/)
    await until('the bot says it', async () => posted.length > 0, 15_000)
    await expect(loser.getByTestId('replies')).toContainText('已发出')
  })
  await new Promise((resolve) => setTimeout(resolve, 2000))
  expect(posted).toHaveLength(1)
  expect(posted[0]).toMatchObject({ group: 'east', quotes: asked.id })
  await first.context().close()
  await second.context().close()
})

test('words survive going away and a reload; sent, taken back, still there', async ({ browser }) => {
  await waysOut()
  await linli.deliver('neighbours', secret, [
    said('west', '5-1-1203老郑', '5栋停电了，整栋楼都黑了', { group_name: '西苑业主群' }, 45),
    said('north', '2-1-301果果妈', '小区门口的路灯坏了，晚上黑得很', { group_name: '北苑邻里群' }, 40),
  ])
  const before = posted.length
  const page = await person(browser, 'admin')
  await row(page, '停电').click()
  await write(page, '供电局在抢修')
  await row(page, '路灯').click()
  await expect(box(page)).toHaveCount(0)
  await row(page, '停电').click()
  await expect(text(page)).toHaveValue('供电局在抢修')
  await page.reload()
  await expect(text(page)).toHaveValue('供电局在抢修')
  await expect(box(page)).toContainText('5-1-1203老郑')
  await cleanInAllLooks(page)

  await text(page).press('Control+Enter')
  await expect(row(page, '停电')).toHaveCount(0)
  await toast(page, '已答复').getByRole('button', { name: '撤回' }).click()
  await expect(row(page, '停电')).toHaveCount(1)
  await expect(text(page)).toHaveValue('供电局在抢修')
  await expect(page.getByTestId('replies')).toContainText('已撤回，没有发出')
  await new Promise((resolve) => setTimeout(resolve, 9500))
  expect(posted.length, 'what was taken back was not said').toBe(before)

  await test.step('answered by hand in the chat: nothing of ours goes out over it', async () => {
    await linli.deliver('neighbours', secret, [said('west', '网格员小王', '老郑，停电的事已经报了供电局，半小时来电', { role: 'grid_officer', group_name: '西苑业主群' })])
    await expect(box(page)).toContainText('已有人在群里答复')
    await cleanInAllLooks(page)
  })
  await page.context().close()
})

test('a group without a way out: the words wait for a hand, on a phone too', async ({ browser }) => {
  await sends(null)
  await linli.deliver('neighbours', secret, [said('south', '1-1-302冯叔', '1栋电梯坏了，老人下不了楼', { group_name: '南苑邻里群' }, 30)])
  const page = await person(browser, 'zhou', {
    viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', permissions: ['clipboard-read', 'clipboard-write'],
  })
  const fits = async () => expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  await row(page, '电梯').tap()
  const verbs = page.getByRole('complementary', { name: '判断' })
  for (const name of ['确认并答复', '确认并转办', '确认', '不立线索']) {
    const at = (await verbs.getByRole('button', { name, exact: true }).boundingBox())!
    expect(at.height, name).toBeGreaterThanOrEqual(44)
    expect(at.y, `${name} in reach of the thumb`).toBeGreaterThan(844 * 0.6)
  }
  await fits()
  await cleanInAllLooks(page)
  await verbs.getByRole('button', { name: '确认并答复' }).tap()
  await text(page).fill('冯叔，电梯师傅在路上了。')
  await fits()
  await box(page).getByRole('button', { name: '发到群里' }).tap()
  await until('it waits for a hand', async () => (await admin.get<{ outgoing: unknown[] }>('/api/v1/outgoing')).outgoing.length === 1, 15_000)

  await page.getByRole('link', { name: /^待转发/ }).tap()
  const words = page.getByTestId('relay').getByRole('listitem')
  await expect(words).toContainText('冯叔，电梯师傅在路上了。')
  await expect(words).toContainText('南苑邻里群')
  await fits()
  await cleanInAllLooks(page)
  await words.getByRole('button', { name: '复制这段话' }).tap()
  await expect(words).toContainText('已复制')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('冯叔，电梯师傅在路上了。')
  await words.getByRole('button', { name: '已发' }).tap()
  await expect(words).toHaveCount(0)
  await toast(page, '记下了').getByRole('button', { name: '撤销' }).tap()
  await expect(words).toHaveCount(1)
  await words.getByRole('button', { name: '已发' }).tap()
  await expect(words).toHaveCount(0)

  const [lead] = (await admin.get<{ leads: { id: string; summary: string; promise: { kept_at: string | null; proved: boolean } }[] }>('/api/v1/leads?state=confirmed')).leads.filter((each) => each.summary.includes('电梯'))
  expect(lead!.promise.kept_at).not.toBeNull()
  expect(lead!.promise.proved).toBe(false)
  await page.goto(`${linli.url}/leads/${lead!.id}?tab=confirmed`)
  await page.getByRole('button', { name: '详情' }).tap()
  await expect(page.getByTestId('replies')).toContainText('已人工转发，待群里看到')
  await expect(verbs).toContainText('已标记答复，待群里看到')

  await test.step('the group hears it: proved', async () => {
    await linli.deliver('neighbours', secret, [said('south', '社区小周', '冯叔，电梯师傅在路上了。', { role: 'community_staff', group_name: '南苑邻里群' })])
    await expect(page.getByTestId('replies')).toContainText('群里已看到')
  })
  await page.context().close()
})

test('an emergency rings until somebody has it; what is sensitive starts in private', async ({ browser }) => {
  const page = await person(browser, 'zhou')
  await page.goto(`${linli.url}/duty`)
  await linli.deliver('neighbours', secret, [said('gas', '2-2-201张婆婆', '2栋2单元好大的煤气味，是不是漏气了', { group_name: '锦苑邻里群' })])
  await expect(page.getByTestId('alarm')).toContainText('还没有人接')
  await expect(page).toHaveTitle(/紧急 1/)
  await cleanInAllLooks(page)
  await page.getByTestId('alarm').getByRole('link', { name: '去处理' }).click()
  await expect(page.getByTestId('alarm')).toHaveCount(0)
  await expect(page).not.toHaveTitle(/紧急/)

  await linli.deliver('neighbours', secret, [said('wages', '4-1-502小陈', '请问低保怎么申请，需要哪些材料', { group_name: '书苑邻里群' })])
  await row(page, '低保').click()
  await page.keyboard.press('r')
  await expect(box(page).getByRole('radio', { name: '电话' })).toBeChecked()
  await expect(box(page)).toContainText('先私下答复')
  await box(page).getByRole('checkbox', { name: /事情还没完/ }).uncheck()
  await text(page).fill('打电话说清楚了，材料清单发给她了')
  await text(page).press('Control+Enter')
  await expect(toast(page, '已记下答复')).toBeVisible()
  await page.getByTestId('tab-answered').click()
  await row(page, '低保').click()
  await expect(page.getByTestId('replies')).toContainText('已当面或单独告知')
  expect(posted.filter((each) => each.text.includes('材料清单'))).toEqual([])
  await page.context().close()
})

test('dispatched from the desk by key, and taken back', async ({ browser }) => {
  await linli.deliver('neighbours', secret, [said('lift', '6-2-802老吴', '6栋2单元电梯坏了，关不上门', { group_name: '松苑邻里群' }, 30)])
  const page = await person(browser, 'admin')
  await row(page, '关不上门').click()
  await expect(page.getByTestId('summary')).toContainText('关不上门')
  await page.keyboard.press('p')
  const form = page.getByTestId('dispatch-form')
  await cleanInAllLooks(page)
  await form.getByRole('button', { name: '派单' }).click()
  await expect(row(page, '关不上门')).toHaveCount(0)
  await expect(form).toHaveCount(0)
  await toast(page, '已派单').getByRole('button', { name: '撤销' }).click()
  await expect(row(page, '关不上门')).toHaveCount(1)
  await expect(page.getByTestId('summary')).toContainText('关不上门')
  await expect(form).toHaveCount(0)
  await page.context().close()
})

test('keys: the palette goes to a lead, and nothing fires while pinyin is composed', async ({ browser }) => {
  await linli.deliver('neighbours', secret, [said('keys', '2-1-301果果妈', '小区东门的路灯坏了，晚上黑得很', { group_name: '竹苑邻里群' }, 40)])
  const page = await person(browser, 'admin')
  await expect(row(page, '东门的路灯')).toHaveCount(1)
  await page.keyboard.press('Control+k')
  const palette = page.getByTestId('palette')
  await palette.getByRole('combobox').fill('东门')
  await cleanInAllLooks(page)
  await page.keyboard.press('Enter')
  await expect(palette).toHaveCount(0)
  await expect(page.getByTestId('summary')).toContainText('东门的路灯')
  await write(page, '已报修')
  await text(page).evaluate((field) => field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true, cancelable: true })))
  await expect(text(page)).toHaveValue('已报修')
  await page.keyboard.press('Escape')
  await expect(box(page)).toHaveCount(0)
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog', { name: '键盘快捷键' })).toContainText('写答复')
  await page.context().close()
})
