// What the load generators share: lifelike texts, figures of a process, percentiles.
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

const training = path.resolve(import.meta.dirname, '../../data/training')

// Texts of the training chats, in a fixed order.
export function texts(): { text: string; name: string; role: string }[] {
  const out = []
  for (const file of readdirSync(training).filter((f) => f.endsWith('.messages.jsonl')).sort()) {
    for (const line of readFileSync(path.join(training, file), 'utf8').split('\n')) {
      if (!line) continue
      const message = JSON.parse(line)
      out.push({ text: message.text, name: message.sender_name, role: message.role })
    }
  }
  return out
}

// Resident size in MB and CPU seconds of a process.
export function process_figures(pid: number): { rss_mb: number; cpu_s: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return { rss_mb: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024, cpu_s: (Number(stat[11]) + Number(stat[12])) / 100 }
}

// CPU seconds of a process by the names of its threads, the greatest first. Unlike a rate these say much the same on a busy
// machine.
export function thread_seconds(pid: number): [string, number][] {
  const seconds = new Map<string, number>()
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const [, name, rest] = /\((.*)\) (.*)/.exec(readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8'))!
    const fields = rest!.split(' ')
    seconds.set(name!, (seconds.get(name!) ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100)
  }
  return [...seconds].sort((a, b) => b[1] - a[1])
}

export function percentile(values: number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))]!
}

export function argument(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
