// A district sets up a model server, tries it, sees it fail and mend; everything works without it all the time.
import { expect, test } from '@playwright/test'
import { clean, cleanInAllLooks, toast } from '../support/axe'
import { Caller, Linli, said, until } from '../support/linli'
import { ModelServer } from '../support/model'

let linli: Linli
let model: ModelServer
test.beforeAll(async () => {
  model = await ModelServer.start()
  linli = await Linli.start()
})
test.afterAll(async () => {
  await linli.clear()
  await model.close()
})

interface Queue { leads: { id: string; summary: string; category: string }[] }
interface Proposal { refined: { summary: string; model: string; prompt: string } | null }

test('set up, tried, failing, mended, taken away', async ({ page }) => {
  test.setTimeout(180_000)
  await page.goto(linli.signInLink)
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  const address = page.getByLabel('地址')
  const save = page.getByRole('button', { name: '保存', exact: true })
  const health = page.getByTestId('model-health')
  const tested = page.getByTestId('model-tested')

  await test.step('found by its name; nothing is set up, and that is said to be fine', async () => {
    await page.getByRole('link', { name: '设置' }).click()
    await page.getByRole('searchbox', { name: '搜索设置' }).fill('deepseek')
    await page.getByRole('link', { name: /接大模型/ }).click()
    await expect(page.getByTestId('model-none')).toContainText('邻里自带的引擎一直在工作')
    await cleanInAllLooks(page)
    await page.getByRole('button', { name: '接一个大模型' }).click()
    await expect(address).toBeFocused()
  })

  await test.step('what is wrong is said at its field', async () => {
    await address.fill('http://192.168.1.9:8080/v1')
    await save.click()
    await expect(page.getByText('请填写模型名称')).toBeVisible()
    await expect(page.getByText(/外面的服务要用 https/)).toBeVisible()
    await expect(page.getByTestId('model-leaves')).toContainText('都换成代号')
    await page.getByRole('switch', { name: '这个服务在我们自己的机器上' }).check()
    await expect(page.getByTestId('model-leaves')).toContainText('原样发送')
    await expect(page.getByText(/外面的服务要用 https/)).toHaveCount(0)
    await cleanInAllLooks(page)
    await page.getByRole('switch', { name: '这个服务在我们自己的机器上' }).uncheck()
  })

  await test.step('set up and tried', async () => {
    await address.fill(model.url)
    await page.getByLabel('模型名称').fill('stand-in')
    await page.getByLabel('密钥').fill('sk-journey')
    await save.click()
    await expect(toast(page, '已保存')).toBeVisible()
    await page.getByRole('button', { name: '试一下' }).click()
    await expect(tested).toContainText('模型：stand-in-7b')
    await expect(tested).toContainText('能严格按格式回答')
    await expect(health).toContainText('正常')
    expect(model.asked.at(-1)!.authorization).toBe('Bearer sk-journey')
    await expect(page.getByTestId('model-days').locator('tbody tr')).toHaveCount(1)
    await expect(page.getByTestId('model-days')).toContainText('460')
    await page.reload()
    await expect(page.getByLabel('密钥', { exact: true })).toHaveValue('')
    expect(await page.content()).not.toContain('sk-journey')
    await cleanInAllLooks(page)
  })

  const caller = await Caller.signIn(linli, /http\S+/.exec(linli.command('user', 'link', 'admin'))![0])
  const secret = linli.addChannel('way', '--admit-all')
  const lead = (words: string) => until(`a lead with ${words}`, async () => (await caller.get<Queue>('/api/v1/leads')).leads.find((each) => each.summary.includes(words)))
  const proposal = (id: string) => caller.get<Proposal>(`/api/v1/leads/${id}/proposal`)

  await test.step('a new lead gets a proposal beside it; what left was masked', async () => {
    await linli.deliver('way', secret, [said('g1', '3-2-1502李姐', '我家客厅天花板一直在滴水，漏水好严重，电话13812345678')])
    const found = await lead('漏水')
    const kept = await until('a proposal', async () => (await proposal(found.id)).refined)
    expect(kept).toMatchObject({ summary: '3栋2单元天花板漏水', model: 'stand-in-7b', prompt: 'refine 1' })
    const sent = JSON.stringify(model.asked.map((each) => each.body))
    expect(sent).toContain('漏水好严重')
    for (const hidden of ['李姐', '13812345678', '1502']) expect(sent).not.toContain(hidden)
  })

  await test.step('it fails: why, what to do, and that everything goes on', async () => {
    model.fault = 'broken'
    await page.getByRole('button', { name: '试一下' }).click()
    await expect(tested).toContainText('不合格式')
    model.fault = 'key'
    await page.getByRole('button', { name: '试一下' }).click()
    await expect(tested).toContainText('Incorrect API key provided')
    await expect(tested).toContainText('密钥、模型名称和余额')
    await expect(health).toContainText('不正常')
    await expect(page.getByTestId('model-paused')).toBeVisible()
    await expect(health).toContainText('线索、答复和派单不受影响')
    await clean(page)
    await linli.deliver('way', secret, [said('g1', '5-1-301老陈', '5栋1单元电梯又坏了，把人关在里面了，快来人')])
    const found = await lead('电梯')
    expect((await proposal(found.id)).refined).toBeNull()
  })

  await test.step('mended; on a phone', async () => {
    model.fault = ''
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('button', { name: '试一下' }).click()
    await expect(tested).toContainText('通了')
    await expect(health).toContainText('正常')
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await cleanInAllLooks(page)
  })

  await test.step('taken away', async () => {
    await page.getByRole('button', { name: '不再使用' }).click()
    await page.getByRole('button', { name: /确定不再使用/ }).click()
    await expect(page.getByTestId('model-none')).toBeVisible()
    const audit = await caller.get<{ entries: unknown[] }>('/api/v1/audit?what=setting.changed')
    expect(audit.entries).toHaveLength(2)
    expect(JSON.stringify(audit)).not.toContain('sk-journey')
  })
})
