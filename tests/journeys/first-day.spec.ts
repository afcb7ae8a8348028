// Two matters, interleaved, in two groups: they become two leads before one's eyes; one is confirmed by keyboard, a second
// browser sees it leave; a restart in between loses nothing.
import { expect, test } from '@playwright/test'
import { Linli, said } from '../support/linli'

let linli: Linli
let secret: string

test.beforeAll(async () => {
  linli = await Linli.start()
  secret = linli.addChannel('neighbours', '--admit-all')
})
test.afterAll(() => linli.clear())

test('from a chat to a confirmed lead', async ({ browser }) => {
  const first = await browser.newPage()
  await first.goto(linli.signInLink)
  await first.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()  // no password now
  await expect(first.getByTestId('first-day')).toBeVisible()
  const queue = first.getByTestId('queue')

  await test.step('messages of two matters become two leads, without reload', async () => {
    const receipt = await linli.deliver('neighbours', secret, [
      said('east', '3-2-1502周姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下', { group_name: '东苑邻里群' }, 50),
      said('west', '5-1-1203老郑', '5栋停电了，整栋楼都黑了', { group_name: '西苑业主群' }, 45),
      said('east', '1-1-302冯叔', '晚上哪家一起下象棋', {}, 40),
      said('east', '3-2-1402小丁', '楼上漏水漏到我家来了，墙都湿了', {}, 30),
      said('west', '5-1-902阿宁', '我家也停电了', {}, 25),
      said('west', '2-1-301果果妈', '有没有要团橙子的', {}, 20),
    ])
    expect(receipt).toEqual({ new: 6, known: 0, dropped: 0, refused: [] })
    await expect(queue.getByRole('listitem')).toHaveCount(2)
  })

  let second = await (await browser.newContext()).newPage()
  await test.step('a restart loses nothing', async () => {
    linli = await linli.restart()
    second = await (await browser.newContext()).newPage()
    await second.goto(linli.signInLink)
    await second.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
    await expect(second.getByTestId('queue').getByRole('listitem')).toHaveCount(2)
    // The port is another one after the restart: the first browser signs in again, as people do after an update.
    await first.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
    await first.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
    await expect(queue.getByRole('listitem')).toHaveCount(2)
  })

  await test.step('confirmed by keyboard; the second browser sees it leave', async () => {
    const row = queue.getByRole('listitem').filter({ hasText: /漏水/ })
    await row.click()
    const chat = first.getByRole('region', { name: '聊天记录' })
    await expect(chat).toContainText('我家天花板一直在滴水')
    await expect(chat.locator('mark').first()).toBeVisible()
    await first.keyboard.press('c')
    await expect(queue.getByRole('listitem')).toHaveCount(1)
    await expect(second.getByTestId('queue').getByRole('listitem')).toHaveCount(1)
    await expect(second.getByTestId('queue')).not.toContainText('漏水')
  })

  await test.step('taken back with z, dismissed with a reason', async () => {
    await first.keyboard.press('z')
    await expect(queue.getByRole('listitem')).toHaveCount(2)
    await queue.getByRole('listitem').filter({ hasText: /停电/ }).click()
    await first.keyboard.press('d')
    await first.keyboard.press('3')
    await expect(queue.getByRole('listitem')).toHaveCount(1)
  })
})
