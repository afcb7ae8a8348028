// A model server for journeys: OpenAI-style chat completions on a loopback port, with the faults that a test asks for.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Asked { authorization: string; body: { model: string; messages: { role: string; content: string }[]; response_format?: { json_schema?: { name: string } } } }

export class ModelServer {
  readonly asked: Asked[] = []
  fault: '' | 'key' | 'broken' | 'silent' = ''
  private readonly server: Server
  private constructor(server: Server) { this.server = server }

  static async start(): Promise<ModelServer> {
    const server = createServer()
    const self = new ModelServer(server)
    server.on('request', (request, response) => {
      let text = ''
      request.on('data', (chunk) => { text += chunk })
      request.on('end', () => {
        const body = JSON.parse(text) as Asked['body']
        self.asked.push({ authorization: request.headers.authorization ?? '', body })
        const say = (status: number, what: unknown) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(what))
        if (self.fault === 'silent') return
        if (self.fault === 'key') { say(401, { error: { message: 'Incorrect API key provided', type: 'invalid_request_error' } }); return }
        const content = self.fault === 'broken' ? '我不会输出 JSON' : JSON.stringify(answer(body))
        say(200, { model: 'stand-in-7b', choices: [{ message: { role: 'assistant', content }, finish_reason: 'stop' }], usage: { prompt_tokens: 400, completion_tokens: 60 } })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return self
  }

  get url(): string { return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1` }
  async close(): Promise<void> {
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }
}

function answer(body: Asked['body']): unknown {
  switch (body.response_format?.json_schema?.name) {
    case 'refine': return { summary: '3栋2单元天花板漏水', category: 'water_leak', urgency: 2, place: '3栋2单元', same_as: null, evidence: ['m1'] }
    case 'judge': return { items: [{ id: 'm1', appeal: true, category: 'water_leak' }] }
    case 'draft': return { reply: '您好，请先关上水阀，再联系物业。', used: ['k1'], missing: '' }
    case 'polish': return { text: '您好呀，请先关上水阀，再联系物业哦。' }
    default: return { ok: true }
  }
}
