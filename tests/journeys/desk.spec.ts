// The desk beyond one lead at a time: messages split off and moved, a flood handled in one go, what a model proposes and writes,
// ready-made words, kept views, and how many keys the common handlings take.
import { expect, test, type Page } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { Caller, Linli, said, until } from '../support/linli'
import { ModelServer } from '../support/model'

interface Lead { id: string; summary: string; state: string; category: string; urgency: number; message_count: number; decision_version: number; by_person: string[]; merged_into: string | null; groups: { id: string }[] }
interface Card extends Lead { messages: { id: string; in_lead: boolean; text: string }[]; history: { text: string }[]; replies: { text: string; machine: boolean; outgoing: { state: string }[] }[] }

let linli: Linli
let secret: string
let admin: Caller
test.describe.configure({ timeout: 120_000 })
test.beforeEach(async () => {
  linli = await Linli.start()
  secret = linli.addChannel('neighbours', '--admit-all')
  admin = await Caller.signIn(linli)
})
test.afterEach(() => linli.clear())

const leads = async (query = '') => (await admin.get<{ leads: Lead[] }>(`/api/v1/leads?limit=200${query}`)).leads
const card = (id: string) => admin.get<Card>(`/api/v1/leads/${id}`)
const total = async (query: string) => (await admin.get<{ total: number }>(`/api/v1/leads?limit=1&${query}`)).total
async function open(page: Page): Promise<void> {
  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await expect(page.getByRole('dialog')).toHaveCount(0)
}
const row = (page: Page, text: string | RegExp) => page.getByTestId('queue').getByRole('listitem').filter({ hasText: text })
const side = (page: Page) => page.getByRole('complementary', { name: '判断' })

async function leak(): Promise<Lead> {
  await linli.deliver('neighbours', secret, [
    said('south', '6-1-301何姐', '6栋1单元楼上漏水，天花板一直在滴水，物业来看看', { group_name: '南苑群' }, 60),
    said('south', '6-1-201老秦', '漏水漏到我家来了，6栋201墙都湿了', {}, 50),
    said('south', '6-1-301何姐', '还在漏水，物业人呢', {}, 40),
  ])
  return until('the leak is a lead', async () => (await leads()).find((each) => each.message_count === 3))
}

test('messages are split off, moved out and back, with history', async ({ page }) => {
  const lead = await leak()
  await open(page)
  await row(page, '漏水').click()
  const bar = page.getByTestId('pick-bar')
  const box = (who: string) => page.getByRole('checkbox', { name: new RegExp(`挑上 .*${who}`) })

  await test.step('split off, and undone', async () => {
    await page.keyboard.press('f')
    await expect(bar).toContainText('勾上要拆出去')
    await box('老秦').check()
    await cleanInAllLooks(page)
    await bar.getByRole('button', { name: '拆成新线索' }).click()
    await expect(toast(page, '拆成了新线索')).toBeVisible()
    await until('two leads', async () => (await leads()).length === 2)
    expect((await card(lead.id)).message_count).toBe(2)
    await page.keyboard.press('z')
    await until('one again', async () => (await card(lead.id)).message_count === 3)
    const told = (await card(lead.id)).history.map((each) => each.text).join('\n')
    expect(told).toContain('拆')
    await side(page).getByText('经过').click()
    await expect(side(page)).toContainText('拆')
  })

  await test.step('out of any lead, taken in again', async () => {
    await row(page, '漏水').first().click()
    await page.keyboard.press('f')
    await box('老秦').check()
    await bar.getByRole('button', { name: '不属于任何线索' }).click()
    await expect(toast(page, '已移出')).toBeVisible()
    expect((await card(lead.id)).message_count).toBe(2)
    await expect(page.locator('[data-in-lead=false]').filter({ hasText: '201墙都湿了' })).toBeVisible()
    await page.keyboard.press('f')
    await box('老秦').check()
    await bar.getByRole('button', { name: '归到这条线索' }).click()
    await until('in again', async () => (await card(lead.id)).message_count === 3)
  })

  await test.step('to another lead, and back', async () => {
    await linli.deliver('neighbours', secret, [said('north', '1-1-101小林', '小区门口的路灯坏了，晚上黑得很', { group_name: '北苑群' }, 5)])
    const light = await until('the light', async () => (await leads()).find((each) => each.category !== lead.category))
    await expect(row(page, '路灯')).toBeVisible()
    await page.keyboard.press('f')
    await box('老秦').check()
    await bar.getByRole('button', { name: '移到别的线索' }).click()
    await bar.getByRole('combobox', { name: '移到哪一条？' }).selectOption(light.id)
    await expect(toast(page, '已移走')).toBeVisible()
    expect((await card(light.id)).message_count).toBe(2)
    await page.keyboard.press('z')
    await until('back', async () => (await card(lead.id)).message_count === 3 && (await card(light.id)).message_count === 1)
  })

  await test.step('all of it cannot go', async () => {
    await page.keyboard.press('f')
    for (const each of await page.getByRole('checkbox', { name: /挑上 .*漏/ }).all()) await each.check()
    await expect(bar).toContainText('这是它的全部消息')
    await expect(bar.getByRole('button', { name: '拆成新线索' })).toBeDisabled()
    await page.keyboard.press('Escape')
    await expect(bar).toHaveCount(0)
  })
})

test('a flood of two hundred is one matter: merged and answered in one go, once in each group', async ({ page }) => {
  test.setTimeout(240_000)
  const FLOOD = 200
  for (let from = 0; from < FLOOD; from += 50) {
    await linli.deliver('neighbours', secret, Array.from({ length: 50 }, (_, n) =>
      said(`f${from + n}`, '3-2-1502住户', '停电了，整栋楼都黑了，什么时候来电', { group_name: `停电${from + n}群` }, 120)))
  }
  await linli.deliver('neighbours', secret, [said('east', '3-1-101周姐', '我家厨房漏水了，水流了一地', { group_name: '东苑群' }, 30)])
  await until('all are leads', async () => (await total('state=open')) === FLOOD + 1, 60_000)
  const [first] = (await leads('&category=power_outage'))
  await open(page)
  await row(page, '停电').first().click()
  await expect(side(page).getByTestId('summary')).toContainText('停电')
  await page.keyboard.press('a')
  const bulk = page.getByTestId('bulk')
  await expect(bulk.getByRole('heading')).toHaveText(`选了 ${FLOOD} 条`)
  await expect(bulk.getByTestId('bulk-verdict')).toContainText(`${FLOOD - 1} 条可以办`)
  await cleanInAllLooks(page)
  await page.keyboard.press('Control+Enter')
  await expect(toast(page, `已合并 ${FLOOD - 1} 条`)).toBeVisible({ timeout: 60_000 })
  expect(await total('state=merged')).toBe(FLOOD - 1)
  expect(await total('state=open')).toBe(2)
  expect((await card(first!.id)).groups).toHaveLength(FLOOD)

  await test.step('taken back, and done again', async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await toast(page, '已合并').getByRole('button', { name: '撤销' }).click()
    await expect(toast(page, `${FLOOD - 1} 条已恢复`)).toBeVisible({ timeout: 60_000 })
    expect(await total('state=open')).toBe(FLOOD + 1)
    await row(page, '停电').first().click()
    await page.locator('body').press('a')
    await expect(bulk.getByTestId('bulk-verdict')).toContainText(`${FLOOD - 1} 条可以办`)
    await page.keyboard.press('Control+Enter')
    await expect(toast(page, `已合并 ${FLOOD - 1} 条`)).toBeVisible({ timeout: 60_000 })
  })

  await test.step('the answer goes to every group', async () => {
    const box = page.getByTestId('reply')
    await expect(box).toContainText(`发到 ${FLOOD} 个群`)
    await box.getByRole('textbox', { name: '写给居民的话' }).fill('停电正在抢修，预计 20 点前恢复。')
    await page.keyboard.press('Control+Enter')
    await expect(toast(page, '已答复')).toContainText(`${FLOOD} 个群`)
    const survivor = (await leads('&state=answered,confirmed'))[0]!
    expect((await card(survivor.id)).replies[0]!.outgoing).toHaveLength(FLOOD)
  })
})

test('several by hand: refused ones are told before, the others done and taken back', async ({ page }) => {
  await linli.deliver('neighbours', secret, [
    said('a', '1-1-101甲', '小区门口的路灯坏了，晚上黑得很', { group_name: '甲群' }, 50),
    said('b', '1-1-102乙', '电梯又坏了，停在5楼不动', { group_name: '乙群' }, 40),
    said('c', '1-1-103丙', '我家厨房漏水了，水流了一地', { group_name: '丙群' }, 30),
  ])
  await until('three', async () => (await total('state=open')) === 3)
  await open(page)
  await expect(row(page, /./)).toHaveCount(3)
  await page.keyboard.press('x')
  await page.keyboard.press('Shift+J')
  await page.keyboard.press('Shift+J')
  await expect(page.getByText('选了 3 条')).toBeVisible()
  // Meanwhile another one decides one of them.
  const [taken] = await leads()
  await page.keyboard.press('b')
  const bulk = page.getByTestId('bulk')
  await expect(bulk.getByTestId('bulk-verdict')).toContainText('3 条可以办')
  await admin.call('POST', `/api/v1/leads/${taken!.id}/confirm`, undefined, { 'if-match': `"${taken!.decision_version}"` })
  await page.keyboard.press('d')
  await expect(bulk.getByTestId('bulk-verdict')).toContainText('2 条可以办')
  await expect(bulk.getByTestId('bulk-verdict')).toContainText('1 条办不了')
  await bulk.getByRole('combobox', { name: '为什么不立线索？' }).selectOption({ label: '已经解决' })
  await expect(bulk.getByTestId('bulk-verdict')).toContainText('2 条可以办')
  await page.keyboard.press('Control+Enter')
  await expect(toast(page, '2 条已标为不立线索')).toBeVisible()
  expect(await total('state=dismissed')).toBe(2)
  await page.keyboard.press('z')
  await expect(toast(page, '2 条已恢复')).toBeVisible()
  expect(await total('state=open')).toBe(2)

  await test.step('the same words to both, taken back in time; with one thumb too', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(`${linli.url}/leads`)
    await page.getByRole('button', { name: '多选' }).click()
    for (const each of await page.getByTestId('queue').getByRole('checkbox').all()) await each.check()
    await page.getByRole('button', { name: '去处理' }).click()
    await bulk.getByRole('button', { name: /确认并答复/ }).click()
    await bulk.getByRole('textbox', { name: '写给居民的话' }).fill('{地点}{事情}：已经看到，正在派人。')
    await clean(page)
    await bulk.getByRole('button', { name: /答复 2 条/ }).click()
    await expect(toast(page, '已答复 2 条')).toBeVisible()
    const [one] = await leads('&state=answered')
    expect((await card(one!.id)).replies[0]!.text).not.toContain('{')
    await toast(page, '已答复 2 条').getByRole('button', { name: '撤销' }).click()
    await expect(toast(page, '2 条已恢复')).toBeVisible()
    expect(await total('state=open')).toBe(2)
  })
})

test('a model proposes and writes; without it nothing is missing', async ({ page }) => {
  const model = await ModelServer.start()
  try {
    const lead = await leak()
    await open(page)
    await row(page, '漏水').click()
    await page.keyboard.press('r')
    await expect(page.getByTestId('reply')).toBeVisible()
    await expect(page.getByTestId('model-writer')).toHaveCount(0)
    await expect(page.getByTestId('model-proposal')).toHaveCount(0)
    await page.keyboard.press('Escape')

    const set = await admin.call('PUT', '/api/v1/assist/server', { base_url: model.url, model: 'stand-in', own_machine: true, daily_tokens: 1_000_000, deadline_seconds: 20, tasks: ['refine', 'judge', 'draft', 'polish'] }, { 'if-match': '"0"' })
    expect(set.status, await set.text()).toBe(200)
    await linli.deliver('neighbours', secret, [said('south', '6-1-201老秦', '水越漏越大了，6栋201', {}, 2)])
    await until('it proposes', async () => (await admin.get<{ refined: unknown }>(`/api/v1/leads/${lead.id}/proposal`)).refined, 40_000)
    await page.reload()
    await expect(page.getByRole('dialog')).toHaveCount(0)
    await row(page, '漏水').click()
    const proposal = page.getByTestId('model-proposal')

    await test.step('taken over by one key, marked, taken back', async () => {
      await expect(proposal).toContainText('stand-in-7b')
      await expect(proposal).toContainText('3栋2单元天花板漏水')
      await cleanInAllLooks(page)
      await page.keyboard.press('s')
      await expect(side(page).getByTestId('summary')).toHaveText('3栋2单元天花板漏水')
      await expect(side(page).getByTestId('by-hand-summary')).toContainText('人工改过')
      expect((await card(lead.id)).by_person).toEqual(['summary'])
      await page.keyboard.press('z')
      await until('given back', async () => (await card(lead.id)).by_person.length === 0)
    })

    await test.step('it writes, in another tone, is stopped, fails', async () => {
      await page.keyboard.press('w')
      const box = page.getByTestId('reply')
      await expect(box.getByTestId('model-writer')).toContainText('知识库里没有能答的')
      await page.keyboard.press('Escape')
      const entry = { title: '家里漏水怎么办', questions: ['楼上漏水怎么办', '天花板滴水找谁'], answer: '请先关上水阀，再联系物业。', sources: [{ title: '居民手册（演示）' }], state: 'published' }
      expect((await admin.call('POST', '/api/v1/knowledge', entry)).status).toBe(201)
      await page.reload()
      await row(page, '漏水').click()
      await expect(side(page).getByTestId('summary')).toBeVisible()
      await page.keyboard.press('w')
      await expect(box).toContainText('家里漏水怎么办')
      const text = box.getByRole('textbox', { name: '写给居民的话' })
      await expect(text).toHaveValue('您好，请先关上水阀，再联系物业。')
      await expect(box).toContainText('由AI辅助生成，经人工审核')
      await box.getByRole('combobox', { name: '换个语气' }).selectOption({ label: '亲切' })
      await expect(text).toHaveValue('您好呀，请先关上水阀，再联系物业哦。')
      await cleanInAllLooks(page)
      await box.getByRole('button', { name: '换回原来的' }).click()
      await expect(text).toHaveValue('您好，请先关上水阀，再联系物业。')
      model.fault = 'silent'
      await text.fill('我先写一句，师傅在路上。')
      await box.getByRole('combobox', { name: '换个语气' }).selectOption({ label: '正式' })
      await expect(box.getByTestId('model-writer')).toContainText('正在写')
      await box.getByRole('button', { name: '停下' }).click()
      await expect(text).toHaveValue('我先写一句，师傅在路上。')
      model.fault = 'broken'
      await text.fill('我再写一句。')
      await box.getByRole('combobox', { name: '换个语气' }).selectOption({ label: '平实' })
      await expect(box.getByTestId('model-writer')).toContainText('没有写成，用现成的话', { timeout: 30_000 })
      await expect(text).toHaveValue('我再写一句。')
    })

    await test.step('refused, it stays away', async () => {
      await page.keyboard.press('Escape')
      await proposal.getByRole('button', { name: '都不采用' }).click()
      await expect(proposal).toHaveCount(0)
    })
  } finally {
    await model.close()
  }
})

test('ready-made words: written with what is filled in, for one kind of lead, put in order, undone', async ({ page }) => {
  await leak()
  await open(page)
  await page.goto(`${linli.url}/canned`)
  const list = page.getByTestId('canned')
  await expect(list.getByRole('listitem')).toHaveCount(8)
  await page.getByRole('button', { name: '加一条' }).click()
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('请起个名字')).toBeVisible()
  await page.getByLabel('叫什么').fill('漏水先关阀')
  await page.getByLabel('用在哪类线索').selectOption({ value: 'water_leak' })
  await page.getByLabel('写什么').fill('{小区}请先关水阀')
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByText('没有这样的自动填：小区')).toBeVisible()
  await page.getByLabel('写什么').fill('请先关水阀，马上派人去')
  await page.getByRole('button', { name: '{地点}' }).click()
  await expect(page.getByTestId('canned-preview')).toContainText('6栋')
  await cleanInAllLooks(page)
  await page.getByRole('button', { name: '保存' }).click()
  await expect(toast(page, '已保存')).toBeVisible()
  await expect(list.getByRole('listitem')).toHaveCount(9)
  await page.getByRole('button', { name: '上移“漏水先关阀”' }).click()
  await expect(list.getByRole('listitem').nth(7)).toContainText('漏水先关阀')
  await page.getByRole('button', { name: '删除“请拍张照”' }).click()
  await expect(list.getByRole('listitem')).toHaveCount(8)
  await page.keyboard.press('z')
  await expect(list.getByRole('listitem')).toHaveCount(9)
  await page.goto(`${linli.url}/leads`)
  await row(page, '漏水').click()
  await page.keyboard.press('r')
  await page.getByTestId('reply').getByRole('combobox', { name: '常用语' }).selectOption({ label: '漏水先关阀' })
  await expect(page.getByTestId('reply').getByRole('textbox', { name: '写给居民的话' })).toHaveValue(/请先关水阀，马上派人去.*6栋/)
})

test('views are kept, renamed, shared and deleted; the forecast is said', async ({ page, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await leak()
  await open(page)
  await page.getByRole('combobox', { name: '全部类别' }).selectOption({ value: 'water_leak' })
  await expect(page).toHaveURL(/category=water_leak/)
  const opener = page.getByRole('button', { name: '存下的看法' })
  await opener.click()
  const panel = page.getByRole('group', { name: '存下的看法' })
  await panel.getByRole('textbox', { name: '名字' }).fill('漏水')
  await panel.getByRole('button', { name: '存下', exact: true }).click()
  await expect(toast(page, '已存下')).toBeVisible()
  await cleanInAllLooks(page)
  await panel.getByRole('button', { name: '给“漏水”改名' }).click()
  await panel.locator('li').getByRole('textbox', { name: '名字' }).fill('只看漏水')
  await page.keyboard.press('Enter')
  await expect(panel.getByRole('button', { name: '只看漏水', exact: true })).toBeVisible()
  await panel.getByRole('button', { name: '复制“只看漏水”的链接' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('/leads?category=water_leak')
  await page.goto(`${linli.url}/leads?tab=historic`)
  await opener.click()
  await panel.getByRole('button', { name: '只看漏水', exact: true }).click()
  await expect(page).toHaveURL(/category=water_leak/)
  expect(new URL(page.url()).searchParams.has('tab')).toBe(false)
  await opener.click()
  await panel.getByRole('button', { name: '删除“只看漏水”' }).click()
  await expect(panel.getByRole('button', { name: '只看漏水', exact: true })).toHaveCount(0)
  await toast(page, '已删除').getByRole('button', { name: '撤销' }).click()
  await until('there again', async () => (await admin.get<{ views: unknown[] }>('/api/v1/me/views')).views.length === 1)

  await linli.deliver('neighbours', secret, Array.from({ length: 40 }, (_, n) =>
    said(`w${n}`, '3-2-1502住户', '停电了，整栋楼都黑了', { group_name: `停电${n}群` }, 700)))
  await until('they wait', async () => (await total('state=open')) > 30)
  await page.goto(`${linli.url}/leads`)
  await expect(page.getByTestId('forecast')).toContainText(/可能超时|没有人值班/)
  await clean(page)
})

test('the ten most common handlings take at most two keys; none fires while pinyin is composed', async ({ page }) => {
  test.setTimeout(180_000)
  const matters = ['小区门口的路灯坏了，晚上黑得很', '电梯又坏了，停在5楼不动', '楼上半夜装修太吵了，吵得睡不着', '垃圾桶满了好几天没人收', '5栋停电了，整栋楼都黑了', '我家厨房漏水了，水流了一地', '下水道堵了，污水冒出来了', '门禁坏了，进不去小区', '消防通道被车堵住了']
  await linli.deliver('neighbours', secret, matters.map((text, n) => said(`k${n}`, `1-1-10${n}住户`, text, { group_name: `群${n}` }, 100 - n)))
  const n = await until('leads', async () => { const all = await total('state=open'); return all >= 7 && all })
  await open(page)
  await expect(row(page, /./)).toHaveCount(n)
  await page.evaluate(() => {
    const state = globalThis as unknown as { pressed: number }
    state.pressed = 0
    addEventListener('keydown', (event) => { if (!['Control', 'Shift'].includes(event.key)) state.pressed++ }, true)
  })
  const counted: [string, number][] = []
  async function handling(name: string, keys: string[], seen: () => Promise<unknown>): Promise<void> {
    await side(page).getByTestId('summary').waitFor()  // a person sees what they decide
    await page.waitForTimeout(500)
    await page.evaluate(() => { (globalThis as unknown as { pressed: number }).pressed = 0 })
    for (const key of keys) {
      if (key === 'Control+Enter') await page.locator('[data-testid=reply], [data-testid=bulk-verdict], [data-testid=dispatch-form]').first().waitFor()
      await page.keyboard.press(key)
    }
    await seen()
    counted.push([name, await page.evaluate(() => (globalThis as unknown as { pressed: number }).pressed)])
  }
  const current = () => page.url().split('/').at(-1)

  const before = current()
  await page.keyboard.press('Escape')
  await page.evaluate(() => {
    for (const key of ['c', 'd', 'r', 'x', 'a', 'w']) document.body.dispatchEvent(new KeyboardEvent('keydown', { key, isComposing: true, bubbles: true }))
  })
  await page.waitForTimeout(300)
  expect(current()).toBe(before)
  await expect(page.getByTestId('reply')).toHaveCount(0)
  await expect(page.getByTestId('bulk')).toHaveCount(0)

  await handling('next lead', ['j'], () => expect.poll(current).not.toBe(before))
  await handling('answer with the words at hand', ['r', 'Control+Enter'], () => expect(toast(page, /已答复|已记下答复/)).toBeVisible())
  await handling('take it back', ['z'], () => expect(toast(page, '已撤回，没有发出去')).toBeVisible())
  await page.getByTestId('reply').waitFor()  // the words are there again: another lead has none
  await page.keyboard.press('Escape')
  await page.keyboard.press('j')
  await handling('confirm', ['c'], () => expect(toast(page, '已确认')).toBeVisible())
  await handling('undo', ['z'], () => until('open again', async () => (await total('state=open')) === n))
  await handling('no lead', ['d', '1'], () => expect(toast(page, '不立线索')).toBeVisible())
  await handling('choose and go on', ['x', 'Shift+J'], () => expect(page.getByText(/选了 2 条/)).toBeVisible())
  await page.getByRole('button', { name: '取消' }).click()
  await handling('pick messages', ['f'], () => expect(page.getByTestId('pick-bar')).toBeVisible())
  await page.keyboard.press('Escape')
  await handling('all like it, confirmed', ['a', 'Control+Enter'], async () => undefined)
  await page.keyboard.press('Escape')
  await handling('all keys', ['?'], () => expect(page.getByRole('dialog', { name: '键盘快捷键' })).toContainText('选出所有同类'))
  for (const [name, keys] of counted) expect(keys, name).toBeLessThanOrEqual(2)
  expect(counted).toHaveLength(10)
})
