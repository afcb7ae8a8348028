// How long from the key that decides to the next lead on the screen, in the real program and Chromium with thousands of open leads?
//   scripts/bench desk [--leads 5000] [--presses 200]
// Each press confirms (C) the open lead; it is over when the next lead's summary and its messages stand there and a frame was painted.
import { chromium } from '@playwright/test'
import { Caller, Linli, said, until } from '../support/linli.ts'
import { argument, percentile } from './support.ts'

const wanted = argument('leads', 5000)
const presses = argument('presses', 200)

const linli = await Linli.start()
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
try {
  const secret = linli.addChannel('load', '--admit-all')
  const caller = await Caller.signIn(linli)
  const matters = ['小区门口的路灯坏了，晚上黑得很', '电梯又坏了，停在5楼不动', '楼上半夜装修太吵了，吵得睡不着', '5栋停电了，整栋楼都黑了', '我家厨房漏水了，水流了一地']
  for (let from = 0; from < wanted; from += 100) {
    await linli.deliver('load', secret, Array.from({ length: Math.min(100, wanted - from) }, (_, n) =>
      said(`g${from + n}`, `3-2-${from + n}住户`, matters[(from + n) % matters.length]!, { group_name: `群${from + n}` }, 600 - ((from + n) % 500))))
  }
  const open = async () => (await caller.get<{ total: number }>('/api/v1/leads?limit=1&state=open')).total
  await until('the leads', async () => (await open()) >= wanted, 300_000)
  console.log(`desk: ${await open()} open leads`)

  const page = await browser.newPage({ viewport: { width: 1366, height: 768 }, locale: 'zh-CN', timezoneId: 'Asia/Shanghai' })
  await page.goto(linli.command('user', 'link', 'admin').match(/http\S+/)![0])
  await page.getByRole('dialog').getByRole('button', { name: '以后再说' }).click()
  await page.locator('[data-testid=summary]').waitFor()
  await page.waitForTimeout(2000)
  const lists: number[] = []
  for (let n = 0; n < 20; n++) {
    const begin = performance.now()
    await caller.get('/api/v1/leads?state=open&live=true&limit=50')
    lists.push(performance.now() - begin)
  }
  console.log(`  a page of the list over HTTP: median ${percentile(lists, 0.5).toFixed(1)} ms, p95 ${percentile(lists, 0.95).toFixed(1)} ms`)

  // By the clock and by the processor time of the page's main thread: on a busy machine the second says what the desk costs.
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  const spent = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics')
    return metrics.find((each) => each.name === 'TaskDuration')!.value * 1000
  }
  const worked: number[] = []
  // Measured in the page: from the key's own time to the frame in which another lead stands there.
  const waited: number[] = []
  for (let n = 0; n < presses; n++) {
    await page.evaluate(() => {
      (globalThis as unknown as { next: Promise<number> }).next = new Promise<number>((resolve, reject) => {
        const before = location.pathname
        addEventListener('keydown', (event) => {
          const timer = setTimeout(() => reject(new Error('no next lead within 20 s')), 20_000)
          const look = () => {
            const id = location.pathname.split('/').at(-1)
            const shown = location.pathname !== before && document.querySelector('[data-testid=summary]') && document.querySelector('[data-in-lead=true]')
              && document.querySelector('[data-testid=queue] [aria-current]')?.closest('li')?.getAttribute('data-lead') === id
            if (!shown) { requestAnimationFrame(look); return }
            requestAnimationFrame(() => { clearTimeout(timer); resolve(performance.now() - event.timeStamp) })
          }
          requestAnimationFrame(look)
        }, { once: true, capture: true })
      })
    })
    const before = await spent()
    await page.keyboard.press('c')
    waited.push(await page.evaluate(() => (globalThis as unknown as { next: Promise<number> }).next))
    worked.push(await spent() - before)
    await page.waitForTimeout(60)
  }
  const confirmed = (await caller.get<{ total: number }>('/api/v1/leads?limit=1&state=confirmed')).total
  if (confirmed < presses) throw new Error(`only ${confirmed} of ${presses} were confirmed`)
  console.log(`  key to next lead, ${presses} presses: median ${percentile(waited, 0.5).toFixed(0)} ms, p95 ${percentile(waited, 0.95).toFixed(0)} ms, worst ${Math.max(...waited).toFixed(0)} ms`)
  console.log(`  … main thread's processor time: median ${percentile(worked, 0.5).toFixed(0)} ms, p95 ${percentile(worked, 0.95).toFixed(0)} ms`)
} finally {
  await browser.close()
  await linli.clear()
}
