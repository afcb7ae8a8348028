// Does the console's memory stay as it is over a shift? A feed at speed stands for 8 hours: as many messages and decisions as
// a busy shift has, as fast as the program takes them. The heap is read after a forced collection at the beginning, in the
// middle and at the end, each time with the same screen.
//   scripts/bench soak [--messages 24000] [--decisions 600]
import { chromium } from '@playwright/test'
import { Caller, Linli, said, until } from '../support/linli.ts'
import { argument, texts } from './support.ts'

const messages = argument('messages', 24_000)  // 50 a minute
const decisions = argument('decisions', 600)
const PARTS = 8  // an hour each

const lines = texts()
const linli = await Linli.start()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--js-flags=--expose-gc'] })
try {
  const secret = linli.addChannel('load', '--admit-all')
  const caller = await Caller.signIn(linli)
  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('HeapProfiler.enable')
  let n = 0
  async function feed(count: number): Promise<void> {
    for (const end = n + count; n < end;) {
      const batch = []
      for (let i = 0; i < 50 && n < end; i++, n++) {
        const line = lines[(n * 7919) % lines.length]!
        batch.push(said(`g${n % 60}`, `u${n % 4000}`, line.text, { sender_name: line.name, role: line.role, group_name: `群${n % 60}` }))
      }
      await linli.deliver('load', secret, batch)
    }
  }
  async function heap(when: string): Promise<number> {
    await page.waitForTimeout(6000)  // notes and toasts have gone
    for (let i = 0; i < 3; i++) await devtools.send('HeapProfiler.collectGarbage')
    const { usedSize } = await devtools.send('Runtime.getHeapUsage')
    const nodes = await page.evaluate(() => document.querySelectorAll('*').length)
    const open = (await caller.get<{ total: number }>('/api/v1/leads?limit=1&state=open')).total
    console.log(`  ${when}: ${(usedSize / 1048576).toFixed(1)} MB JS heap, ${nodes} elements, ${open} open leads`)
    return usedSize
  }
  await feed(messages / PARTS / 4)  // the list is full, every part of the page was there
  await until('leads', async () => (await caller.get<{ total: number }>('/api/v1/leads?limit=1&state=open')).total > 50, 60_000)
  await page.reload()
  await page.locator('[data-testid=summary]').waitFor()
  const decide = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await page.keyboard.press(i % 3 === 2 ? 'j' : 'c')
      if (i % 10 === 9) { await page.keyboard.press('x'); await page.keyboard.press('Escape'); await page.keyboard.press('r'); await page.keyboard.press('Escape') }
      await page.waitForTimeout(40)
    }
  }
  await decide(30)
  console.log(`soak: ${messages} messages and ${decisions} keys of decisions as of 8 hours`)
  const figures = [await heap('begin')]
  for (let part = 1; part <= PARTS; part++) {
    await Promise.all([feed(messages / PARTS), decide(decisions / PARTS)])
    figures.push(await heap(`after hour ${part}`))
  }
  const [begin, middle, end] = [figures[1]!, figures[PARTS / 2]!, figures.at(-1)!]
  console.log(`  from the first hour to the last: ${(((end - begin) / begin) * 100).toFixed(1)} %; from the middle ${(((end - middle) / middle) * 100).toFixed(1)} %`)
} finally {
  await browser.close()
  await linli.clear()
}
