// How long from one posted message to its lead on an open stream, while other talk goes on?
//   scripts/bench single [--probes 300] [--background 200]
import { Caller, Linli, said } from '../support/linli.ts'
import { argument, percentile, texts } from './support.ts'

const probes = argument('probes', 300)
const background = argument('background', 200)  // messages a second

const lines = texts()
const linli = await Linli.start()
const secret = linli.addChannel('load', '--admit-all')
const caller = await Caller.signIn(linli)

const opened = new Map<string, number>()
const stream = await caller.call('GET', '/api/v1/stream')
const listening = (async () => {
  const decoder = new TextDecoder()
  let buffer = ''
  for await (const chunk of stream.body!) {
    buffer += decoder.decode(chunk as Uint8Array, { stream: true })
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const data = /^data: (.*)$/m.exec(buffer.slice(0, end))?.[1]
      buffer = buffer.slice(end + 2)
      if (!data) continue
      const group = JSON.parse(data).lead?.groups?.[0]?.name
      if (group && !opened.has(group)) opened.set(group, performance.now())
    }
  }
})().catch(() => {})

let running = true
let n = 0
const chatter = (async () => {
  const start = performance.now()
  while (running) {
    const due = ((performance.now() - start) / 1000) * background
    const batch = []
    while (n < due) {
      const line = lines[(n++ * 7919) % lines.length]!
      batch.push(said(`b${n % 100}`, `u${n % 4000}`, line.text, { sender_name: line.name, role: line.role }))
    }
    if (batch.length) await linli.deliver('load', secret, batch)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
})()

const waited: number[] = []
for (let probe = 0; probe < probes; probe++) {
  const name = `探针${probe}群`
  const begin = performance.now()
  await linli.deliver('load', secret, [said(`p${probe}`, '3-2-1502住户', '我家厨房漏水了，水流了一地，快来人看看', { group_name: name })])
  const end = performance.now() + 5_000
  while (!opened.has(name) && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 1))
  const seen = opened.get(name)
  if (!seen) throw new Error(`probe ${probe}: no lead within 5 s`)
  waited.push(seen - begin)
  await new Promise((resolve) => setTimeout(resolve, 20))
}
running = false
await chatter
console.log(`single: ${probes} messages, ${background} others a second`)
console.log(`  post to event on the stream: median ${percentile(waited, 0.5).toFixed(1)} ms, p99 ${percentile(waited, 0.99).toFixed(1)} ms, worst ${Math.max(...waited).toFixed(1)} ms`)
await linli.end()
await listening
await linli.clear()
