// kill -9 at random moments during intake: every acknowledged message is there, once; what was sent again changes nothing.
// LINLI_KILLS: how often (10; scripts/bench faults: 100).
import { expect, test } from '@playwright/test'
import { Caller, type ChatMessage, Linli, said } from '../support/linli'

const kills = Number(process.env.LINLI_KILLS ?? 10)

test(`no acknowledged message is lost or doubled over ${kills} kills`, async () => {
  let linli = await Linli.start()
  const secret = linli.addChannel('neighbours', '--admit-all')
  const sent: ChatMessage[][] = []
  const acknowledged: ChatMessage[][] = []
  try {
    for (let round = 0; round < kills; round++) {
      let alive = true
      const load = (async () => {
        while (alive) {
          const batch = Array.from({ length: 20 }, (_, i) =>
            said(`g${i % 5}`, `${i}-1-10${i}住户`, i % 7 ? `今天吃啥子 ${round}` : `${i}栋漏水了，楼道里全是水`))
          sent.push(batch)
          try {
            const receipt = await linli.deliver('neighbours', secret, batch)
            expect(receipt.new).toBe(20)
            acknowledged.push(batch)
          } catch {
            return  // killed under our hands: not acknowledged
          }
        }
      })()
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 300))
      await linli.end('SIGKILL')
      alive = false
      await load
      linli = await Linli.start({ data: linli.data })
    }

    expect(acknowledged.length).toBeGreaterThan(kills)
    for (const batch of acknowledged) {
      expect(await linli.deliver('neighbours', secret, batch), 'acknowledged before the kill').toMatchObject({ new: 0, known: 20 })
    }
    for (const batch of sent) await linli.deliver('neighbours', secret, batch)
    const caller = await Caller.signIn(linli, linli.command('user', 'link', 'admin').match(/http\S+/)![0])
    const overview = await caller.get<{ messages: number }>('/api/v1/overview')
    expect(overview.messages).toBe(sent.length * 20)
  } finally {
    await linli.clear()
  }
})
