// A reply on its way into a group: the channel that loses answers, refuses, is away; linli killed in the middle. Whatever
// happens, the group hears the words once (by the id that the channel is told to know them by).
import { createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '@playwright/test'
import { Caller, type ChatMessage, Linli, said, until } from '../support/linli'

interface Posted {
  id: string
  group: string
  text: string
  reply_to?: string
}

// A channel's program: keeps what it is told by its webhook-id. `answer` may answer otherwise, or not at all.
class Bridge {
  readonly calls: Posted[] = []
  readonly wrong: string[] = []
  answer: (call: Posted, response: ServerResponse, request: IncomingMessage) => void = (call, response) => {
    response.end(JSON.stringify({ id: `said-${call.id}` }))
  }
  secret = ''
  private constructor(private readonly server: Server) {}

  static async start(): Promise<Bridge> {
    const server = createServer()
    const bridge = new Bridge(server)
    server.on('request', (request, response) => {
      let body = ''
      request.on('data', (chunk) => { body += chunk })
      request.on('end', () => {
        const id = String(request.headers['webhook-id'])
        const key = Buffer.from(bridge.secret.replace(/^whsec_/, ''), 'base64')
        const mac = createHmac('sha256', key).update(`${id}.${request.headers['webhook-timestamp']}.${body}`).digest('base64')
        if (request.headers['webhook-signature'] !== `v1,${mac}`) bridge.wrong.push('signature')
        const { type, data } = JSON.parse(body) as { type: string; data: Posted }
        if (type !== 'message.send' || data.id !== id) bridge.wrong.push('body')
        bridge.calls.push(data)
        bridge.answer(data, response, request)
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return bridge
  }
  get url(): string { return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/send` }
  get heard(): number { return new Set(this.calls.map((call) => call.id)).size }
  close(): void {
    this.server.closeAllConnections()
    this.server.close()
  }
}

interface Card {
  id: string
  state: string
  decision_version: number
  replies: { id: string; outgoing: { state: string; problem: string | null }[] }[]
  messages: { id: string }[]
  promise: { kept_at: string | null; proved: boolean }
}

let bridge: Bridge
let linli: Linli
let secret: string
let opening: ChatMessage

test.beforeEach(async () => {
  bridge = await Bridge.start()
  linli = await Linli.start()
  bridge.secret = secret = linli.addChannel('neighbours', '--admit-all')
})
test.afterEach(async () => {
  bridge.close()
  await linli.clear()
})

const signIn = () => Caller.signIn(linli, linli.command('user', 'link', 'admin').match(/http\S+/)![0])

async function lead(caller: Caller, wayOut = bridge.url): Promise<Card> {
  expect((await caller.call('PUT', '/api/v1/channels/neighbours', { send_url: wayOut })).status).toBe(200)
  opening = said('g1', '3-1-1502李姐', '3栋1单元漏水了，天花板一直在滴水，楼道里全是水')
  await linli.deliver('neighbours', secret, [opening])
  const { leads } = await until('a lead', async () => {
    const page = await caller.get<{ leads: Card[] }>('/api/v1/leads')
    return page.leads.length > 0 && page
  })
  return caller.get<Card>(`/api/v1/leads/${leads[0]!.id}`)
}
async function send(caller: Caller, card: Card): Promise<void> {
  const sent = await caller.call('POST', `/api/v1/leads/${card.id}/replies`,
    { way: 'group', text: '您好，马上有人来看', quotes: card.messages[0]!.id }, { 'if-match': `"${card.decision_version}"` })
  expect(sent.status, await sent.clone().text()).toBe(201)
}
const state = async (caller: Caller, card: Card) =>
  (await caller.get<Card>(`/api/v1/leads/${card.id}`)).replies[0]!.outgoing[0]!
const becomes = (caller: Caller, card: Card, wanted: string, timeout = 30_000) =>
  until(wanted, async () => (await state(caller, card)).state === wanted, timeout)

test('killed while the channel is being told: after the start it is told again under the same id', async () => {
  let caller = await signIn()
  const card = await lead(caller)
  let told!: () => void
  const atIt = new Promise<void>((resolve) => { told = resolve })
  bridge.answer = () => told()  // no answer: killed under its hands
  await send(caller, card)
  await atIt
  await linli.end('SIGKILL')
  bridge.answer = (call, response) => response.end(JSON.stringify({ id: call.id }))
  linli = await Linli.start({ data: linli.data })
  caller = await signIn()
  await becomes(caller, card, 'sent')
  expect(bridge.calls.length).toBe(2)
  expect(bridge.heard).toBe(1)
  expect(bridge.calls[0]).toMatchObject({ group: 'g1', text: '您好，马上有人来看', reply_to: opening.id })
  expect(bridge.wrong).toEqual([])
  expect((await caller.get<Card>(`/api/v1/leads/${card.id}`)).promise).toMatchObject({ proved: true })
})

test('killed while it is held: it goes out after the start, once; taken back before, it never does', async () => {
  let caller = await signIn()
  const card = await lead(caller)
  await send(caller, card)
  await linli.end('SIGKILL')
  linli = await Linli.start({ data: linli.data })
  caller = await signIn()
  await becomes(caller, card, 'sent')
  expect(bridge.calls.length).toBe(1)

  const again = await caller.get<Card>(`/api/v1/leads/${card.id}`)
  const second = await caller.call('POST', `/api/v1/leads/${card.id}/replies`, { way: 'group', text: '再说一句', again: true },
    { 'if-match': `"${again.decision_version}"` })
  const { id } = (await second.json()) as { id: string }
  expect((await caller.call('DELETE', `/api/v1/replies/${id}`)).status).toBe(200)
  await linli.end('SIGKILL')
  linli = await Linli.start({ data: linli.data })
  await new Promise((resolve) => setTimeout(resolve, 9_000))
  expect(bridge.calls.length).toBe(1)
})

test('a busy channel is asked again; one that refuses, or is not there, is shown with what to do', async () => {
  const caller = await signIn()
  const card = await lead(caller)
  let busy = 2
  bridge.answer = (call, response) => {
    if (busy-- > 0) response.writeHead(busy ? 429 : 503).end()
    else response.end(JSON.stringify({ id: call.id }))
  }
  await send(caller, card)
  await becomes(caller, card, 'sent')
  expect(bridge.calls.length).toBe(3)
  expect(bridge.heard).toBe(1)

  const again = await caller.get<Card>(`/api/v1/leads/${card.id}`)
  bridge.answer = (_, response) => response.writeHead(403).end()
  await caller.call('POST', `/api/v1/leads/${card.id}/replies`, { way: 'group', text: '再说一句', again: true },
    { 'if-match': `"${again.decision_version}"` })
  await becomes(caller, card, 'failed')
  expect((await state(caller, card)).problem).toContain('HTTP 403')
  const { outgoing } = await caller.get<{ outgoing: { id: string }[] }>('/api/v1/outgoing')
  expect(outgoing.length).toBe(1)
  bridge.answer = (call, response) => response.end(JSON.stringify({ id: call.id }))
  expect((await caller.call('POST', `/api/v1/outgoing/${outgoing[0]!.id}/step`, { step: 'retry' })).status).toBe(200)
  await becomes(caller, card, 'sent')
})

test('somebody on duty answers by hand while it is held: it is withdrawn', async () => {
  const caller = await signIn()
  const card = await lead(caller)
  await send(caller, card)
  await linli.deliver('neighbours', secret, [said('g1', '网格员小王', '我已经在楼下了，马上上来看',
    { role: 'grid_officer', reply_to: opening.id })])
  await becomes(caller, card, 'withdrawn')
  expect(bridge.calls.length).toBe(0)
})
