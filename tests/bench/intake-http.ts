// How many messages a second does linli take in for good, over HTTP, through to placed leads?
//   scripts/bench intake-http [--messages 200000] [--batch 500] [--groups 2000] [--connections 2] [--days 0]
// --days N: the chat's times go over N days until now, as when a district's days are brought in; 0: all is said now.
// The generator runs on the same machine. Checks first that every message is there and placed.
import { Caller, type ChatMessage, Linli } from '../support/linli.ts'
import { argument, percentile, process_figures, texts, thread_seconds } from './support.ts'

const total = argument('messages', 200_000)
const batch = argument('batch', 500)
const groups = argument('groups', 2_000)
const connections = argument('connections', 2)
const days = argument('days', 0)
const began = Date.now()

const lines = texts()
const linli = await Linli.start()
const secret = linli.addChannel('load', '--admit-all')
const caller = await Caller.signIn(linli)

let next = 0
let sent = 0
const latencies: number[] = []
let peak = 0

function make(): ChatMessage[] {
  return Array.from({ length: Math.min(batch, total - next) }, () => {
    const n = next++
    const ts = new Date(days ? began - days * 86_400_000 * (1 - n / total) : Date.now()).toISOString()
    const line = lines[(n * 7919) % lines.length]!
    return { id: `m${n}`, group: `g${n % groups}`, ts, sender: `u${n % (groups * 40)}`, sender_name: line.name, role: line.role, type: 'text', text: line.text }
  })
}

async function connection(): Promise<void> {
  while (next < total) {
    const messages = make()
    for (;;) {
      const begin = performance.now()
      const answer = await linli.post('load', secret, messages)
      if (answer.status === 503) {
        await new Promise((resolve) => setTimeout(resolve, 50))
        continue
      }
      const receipt = (await answer.json()) as { new: number }
      if (receipt.new !== messages.length) throw new Error(`wrong receipt: ${answer.status} ${JSON.stringify(receipt)}`)
      latencies.push(performance.now() - begin)
      sent += messages.length
      break
    }
    if (latencies.length % 20 === 0) peak = Math.max(peak, process_figures(linli.pid).rss_mb)
  }
}

const metric = async (name: string): Promise<number> => {
  const text = await (await caller.call('GET', '/metrics')).text()
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? Number.NaN)
}

const before = process_figures(linli.pid)
const begin = performance.now()
await Promise.all(Array.from({ length: connections }, connection))
const durable = (performance.now() - begin) / 1000
while ((await metric('linli_placing_placed_total')) < total) {
  if (performance.now() - begin > durable * 2_000 + 120_000) throw new Error('not placed in twice the time')
  await new Promise((resolve) => setTimeout(resolve, 20))
}
const placed = (performance.now() - begin) / 1000
const after = process_figures(linli.pid)
const threads = thread_seconds(linli.pid).filter(([, seconds]) => seconds >= 0.02 * after.cpu_s)

const overview = await caller.get<{ messages: number; leads: { open: number } }>('/api/v1/overview')
if (overview.messages !== total || sent !== total) throw new Error(`${overview.messages} of ${total} messages are there`)
console.log(`intake over HTTP: ${total} messages in batches of ${batch}, ${groups} groups, ${connections} connections`)
console.log(`  durable        ${Math.round(total / durable)} messages/s`)
console.log(`  placed         ${Math.round(total / placed)} messages/s, ${overview.leads.open} leads open`)
console.log(`  post to answer median ${percentile(latencies, 0.5).toFixed(1)} ms, p99 ${percentile(latencies, 0.99).toFixed(1)} ms`)
console.log(`  linli's CPU    ${(((after.cpu_s - before.cpu_s) / total) * 1e6).toFixed(1)} µs a message: ${threads.map(([name, s]) => `${name} ${((s / total) * 1e6).toFixed(1)}`).join(', ')}`)
console.log(`  memory         ${Math.round(Math.max(peak, after.rss_mb))} MB resident at most`)
await linli.clear()
