// Between dispatch and push: linli killed while a push service is being told, while a mail server has the words; services that are slow,
// away, overrun, or say that a browser is gone. Nobody is told twice by a way that does not know repetitions, nobody is forgotten.
import { createDecipheriv, createECDH, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { Caller, Linli, said, until } from '../support/linli'

// A push service with one browser behind it, by RFC 8291 with node's own crypto.
class PushService {
  readonly told: { id: string; kind: string; body: string; url: string }[] = []
  readonly headers: NodeJS.Dict<string | string[]>[] = []
  answer: (response: ServerResponse) => void = (response) => response.writeHead(201).end()
  private readonly ecdh = createECDH('prime256v1')
  private readonly auth = randomBytes(16)
  private constructor(private readonly server: Server) { this.ecdh.generateKeys() }

  static async start(): Promise<PushService> {
    const server = createServer()
    const service = new PushService(server)
    server.on('request', (request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part) => parts.push(part))
      request.on('end', () => {
        service.headers.push(request.headers)
        service.told.push(JSON.parse(service.open(Buffer.concat(parts))))
        service.answer(response)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return service
  }
  // Each message that it shows, once: the service worker knows it by its id (tag).
  get shown(): number { return new Set(this.told.map((each) => each.id)).size }
  get subscription() {
    return { endpoint: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/push/1`, p256dh: this.ecdh.getPublicKey('base64url'), auth: this.auth.toString('base64url'), device: 'Test' }
  }
  private open(body: Buffer): string {
    const salt = body.subarray(0, 16)
    const theirs = body.subarray(21, 21 + body[20]!)
    const sealed = body.subarray(21 + body[20]!)
    const secret = hkdfSync('sha256', this.ecdh.computeSecret(theirs), this.auth, Buffer.concat([Buffer.from('WebPush: info\0'), this.ecdh.getPublicKey(), theirs]), 32)
    const part = (info: string, size: number) => Buffer.from(hkdfSync('sha256', Buffer.from(secret), salt, Buffer.from(info), size))
    const cipher = createDecipheriv('aes-128-gcm', part('Content-Encoding: aes128gcm\0', 16), part('Content-Encoding: nonce\0', 12))
    cipher.setAuthTag(sealed.subarray(-16))
    const plain = Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()])
    return plain.subarray(0, plain.lastIndexOf(2)).toString()
  }
  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }
}

interface Delivery { id: string; way: string; kind: string; state: string; reason: string | null; tries: number }

let service: PushService
let linli: Linli
let secret: string
const env = { LINLI_OUTGOING_PRIVATE: 'true' }

test.beforeEach(async () => {
  service = await PushService.start()
  linli = await Linli.start({ env })
  secret = linli.addChannel('neighbours', '--admit-all')
})
test.afterEach(async () => {
  service.close()
  await linli.clear()
})
const signIn = () => Caller.signIn(linli, linli.command('user', 'link', 'admin').match(/http\S+/)![0])
const fire = () => linli.deliver('neighbours', secret, [said('g1', '3-1-1502李姐', '着火了！3栋1单元15楼冒黑烟，快来人救命啊')])
const pushes = async (caller: Caller) => (await caller.get<{ deliveries: Delivery[] }>('/api/v1/notify/deliveries?way=push')).deliveries
async function subscribe(caller: Caller): Promise<void> {
  const answer = await caller.call('POST', '/api/v1/me/notify/push', service.subscription)
  expect(answer.status, await answer.clone().text()).toBe(201)
}

test('a test message arrives in the browser, sealed, with who sends it', async () => {
  const caller = await signIn()
  await subscribe(caller)
  const { delivery } = await (await caller.call('POST', '/api/v1/me/notify/test', { way: 'push' })).json() as { delivery: string }
  await until('the test', async () => service.told.length === 1)
  expect(service.told[0]).toMatchObject({ id: delivery, kind: 'test', url: '/' })
  expect(service.headers[0]).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'high', ttl: '60' })
  expect(String(service.headers[0]!.authorization)).toMatch(/^vapid t=[\w-]+\.[\w-]+\.[\w-]+, k=[\w-]{87}$/)
  await until('sent', async () => (await caller.get<{ state: string }>(`/api/v1/me/notify/test/${delivery}`)).state === 'sent')
})

test('killed while the push service is being told: after the start it is told again under the same id', async () => {
  test.setTimeout(180_000)
  let caller = await signIn()
  await subscribe(caller)
  let atIt!: () => void
  const told = new Promise<void>((resolve) => { atIt = resolve })
  service.answer = () => atIt() // no answer: killed under its hands
  await fire()
  await told
  await linli.end('SIGKILL')
  service.answer = (response) => response.writeHead(201).end()
  linli = await Linli.start({ data: linli.data, env })
  caller = await signIn()
  await until('sent', async () => (await pushes(caller)).some((each) => each.kind === 'emergency' && each.state === 'sent' && each.tries === 2), 120_000)
  const first = service.told[0]!.id
  expect(service.told.filter((each) => each.id === first).length).toBe(2)
  expect(service.shown).toBe(new Set(service.told.map((each) => each.id)).size)
})

test('overrun, broken, slow: tried again; gone: the browser is forgotten', async () => {
  test.setTimeout(120_000)
  const caller = await signIn()
  await subscribe(caller)
  const answers = [429, 503, 201]
  service.answer = (response) => response.writeHead(answers.shift() ?? 201, { 'retry-after': '1' }).end()
  await fire()
  await until('sent', async () => (await pushes(caller)).some((each) => each.state === 'sent'), 60_000)
  expect(service.shown).toBe(1)
  service.answer = (response) => response.writeHead(410).end()
  await caller.call('POST', '/api/v1/me/notify/test', { way: 'push' })
  await until('forgotten', async () => (await caller.get<{ subscriptions: unknown[] }>('/api/v1/me/notify/push')).subscriptions.length === 0, 30_000)
})

test('a webhook: killed while it is being told, told again under the same id; signed', async () => {
  test.setTimeout(180_000)
  const calls: { id: string; type: string; good: boolean }[] = []
  let key = Buffer.alloc(0)
  let answer: (response: ServerResponse) => void = () => {}
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => { body += chunk })
    request.on('end', () => {
      const id = String(request.headers['webhook-id'])
      const mac = createHmac('sha256', key).update(`${id}.${request.headers['webhook-timestamp']}.${body}`).digest('base64')
      calls.push({ id, type: (JSON.parse(body) as { type: string }).type, good: request.headers['webhook-signature'] === `v1,${mac}` })
      answer(response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const caller = await signIn()
  const made = await caller.call('POST', '/api/v1/webhooks', { name: '平台', url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, kinds: ['lead.opened'] })
  expect(made.status, await made.clone().text()).toBe(201)
  key = Buffer.from(((await made.json()) as { secret: string }).secret.replace(/^whsec_/, ''), 'base64')
  await fire()
  await until('the call', async () => calls.length > 0)
  await linli.end('SIGKILL')
  answer = (response) => response.writeHead(204).end()
  linli = await Linli.start({ data: linli.data, env })
  await until('again', async () => calls.length > 1, 120_000)
  expect(new Set(calls.map((each) => each.id)).size).toBe(1)
  expect(calls.every((each) => each.good && each.type === 'cn.linli.lead.opened')).toBe(true)
  server.closeAllConnections()
  server.close()
})
