// The real program on a free port with a data folder of its own, and what a test needs to talk to it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

// LINLI_… in the environment are settings to the program: those of the tests are not for it.
const environment = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('LINLI_') && name !== 'LC_ALL')),
  LANG: 'en_US.UTF-8',
}

export const binary = process.env.LINLI_BIN ?? path.resolve(import.meta.dirname, '../../build/dev/linli')

export interface ChatMessage {
  id: string
  group: string | null
  ts: string
  sender: string
  sender_name?: string
  role?: string
  type?: string
  text: string
  reply_to?: string | null
  [member: string]: unknown
}

export interface Receipt {
  new: number
  known: number
  dropped: number
  refused: { index: number; code: string; field: string; remedy: string }[]
}

export class Linli {
  readonly data: string
  readonly url: string
  readonly signInLink: string
  log = ''  // its log so far, a JSON object a line
  private readonly process: ChildProcess
  private readonly env: Record<string, string>

  private constructor(data: string, process: ChildProcess, env: Record<string, string>, url: string, signInLink: string, log: string) {
    this.data = data
    this.env = env
    this.log = log
    process.stderr!.removeAllListeners('data').on('data', (chunk) => { this.log += chunk })
    this.process = process
    this.url = url
    this.signInLink = signInLink
  }

  // Starts `linli serve`; resolves when it says where it listens. `env`: settings, LINLI_….
  static async start(options: { data?: string; args?: string[]; env?: Record<string, string>; listen?: string } = {}): Promise<Linli> {
    const data = options.data ?? path.join(mkdtempSync(path.join(tmpdir(), 'linli-')), 'data')
    const child = spawn(binary, ['serve', '--data', data, '--listen', options.listen ?? '127.0.0.1:0', ...(options.args ?? [])], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment, ...options.env },
    })
    let out = ''
    let log = ''
    child.stderr!.on('data', (chunk) => { log += chunk })
    const started = await new Promise<{ url: string; link: string }>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`linli did not start in 30 s:\n${out}\n${log}`)), 30_000)
      child.on('exit', (code) => reject(new Error(`linli ended with ${code}:\n${out}\n${log}`)))
      child.stdout!.on('data', (chunk) => {
        out += chunk
        const url = /Console:\s+(\S+)/.exec(out)?.[1]
        const link = /Sign in:\s+(\S+)/.exec(out)?.[1]
        if (url && link) {
          clearTimeout(timer)
          resolve({ url: url.replace(/\/$/, ''), link })
        }
      })
    })
    child.removeAllListeners('exit')
    return new Linli(data, child, options.env ?? {}, started.url, started.link, log)
  }

  get pid(): number { return this.process.pid! }

  // A subcommand on the same data folder; it talks to the running program by its socket.
  command(...args: string[]): string {
    return execFileSync(binary, [...args, '--data', this.data], { encoding: 'utf8', env: { ...environment, ...this.env } })
  }

  // Adds a webhook channel; returns its secret.
  addChannel(name: string, ...args: string[]): string {
    return /whsec_\S+/.exec(this.command('channel', 'add', name, '--kind', 'webhook', ...args))![0]
  }

  async post(channel: string, secret: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return fetch(`${this.url}/api/v1/channels/${channel}/messages`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...sign(secret, text), ...headers },
      body: text,
    })
  }

  async deliver(channel: string, secret: string, messages: ChatMessage[]): Promise<Receipt> {
    const answer = await this.post(channel, secret, messages)
    if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`)
    return answer.json() as Promise<Receipt>
  }

  signal(signal: NodeJS.Signals): void { this.process.kill(signal) }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return this.process.exitCode
    const ended = new Promise<number | null>((resolve) => this.process.on('exit', (code) => resolve(code)))
    this.process.kill(signal)
    return ended
  }

  async restart(args: string[] = []): Promise<Linli> {
    await this.end()
    return Linli.start({ data: this.data, args, env: this.env })
  }

  async clear(): Promise<void> {
    await this.end()
    rmSync(path.dirname(this.data), { recursive: true, force: true })
  }
}

// Standard Webhooks 1.0.0.
export function sign(secret: string, body: string, at = Math.floor(Date.now() / 1000)): Record<string, string> {
  const id = `msg_${randomUUID()}`
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const mac = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
  return { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': `v1,${mac}` }
}

let serial = 0

// A message said just now, `secondsAgo` before.
export function said(group: string, sender: string, text: string, more: Partial<ChatMessage> = {}, secondsAgo = 0): ChatMessage {
  return {
    id: `t${process.pid}-${++serial}`,
    group,
    ts: new Date(Date.now() - secondsAgo * 1000).toISOString(),
    sender,
    sender_name: sender,
    role: 'resident',
    type: 'text',
    text,
    ...more,
  }
}

// A signed-in caller of the API.
export class Caller {
  readonly base: string
  readonly cookie: string
  readonly csrf: string

  private constructor(base: string, cookie: string, csrf: string) {
    this.base = base
    this.cookie = cookie
    this.csrf = csrf
  }

  static async signIn(linli: Linli, link = linli.signInLink): Promise<Caller> {
    const token = link.split('#')[1]
    const answer = await fetch(`${linli.url}/api/v1/session/link`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    if (!answer.ok) throw new Error(`sign-in failed: ${answer.status} ${await answer.text()}`)
    const session = (await answer.json()) as { csrf_token: string }
    return new Caller(linli.url, answer.headers.get('set-cookie')!.split(';')[0]!, session.csrf_token)
  }

  // `bytes`: a body that is no JSON; its content-type is among the headers.
  call(method: string, where: string, body?: unknown, headers: Record<string, string> = {}, bytes?: string): Promise<Response> {
    return fetch(this.base + where, {
      method,
      headers: {
        cookie: this.cookie,
        ...(method === 'GET' ? {} : { 'x-csrf-token': this.csrf }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(bytes !== undefined ? { body: bytes } : body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }

  async get<T>(where: string): Promise<T> {
    const answer = await this.call('GET', where)
    if (!answer.ok) throw new Error(`GET ${where}: ${answer.status} ${await answer.text()}`)
    return answer.json() as Promise<T>
  }
}

export async function until<T>(what: string, look: () => Promise<T | undefined | false>, timeout = 10_000): Promise<T> {
  for (const end = Date.now() + timeout; ;) {
    const found = await look()
    if (found) return found
    if (Date.now() > end) throw new Error(`waited ${timeout} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
