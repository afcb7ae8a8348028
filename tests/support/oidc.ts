// A single sign-on server for tests: the real one (oidc-provider, certified), and one that lies.
import { type KeyObject, createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto'
import { type IncomingMessage, type Server, createServer } from 'node:http'
import { type AddressInfo, createServer as createTcp } from 'node:net'
import Provider from 'oidc-provider'

export async function freePort(): Promise<number> {
  const server = createTcp()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
}

export interface RunningServer {
  issuer: string
  close(): Promise<void>
}

// Signs with the key `kid`; whoever signs in is who they say they are.
export async function realServer(port: number, redirectUri: string, kid: string): Promise<RunningServer> {
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'linli', client_secret: 'a secret of the test/+ &', redirect_uris: [redirectUri], grant_types: ['authorization_code'], response_types: ['code'] }],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' } as never] },
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: id }) }),
    pkce: { required: () => true },
    cookies: { keys: ['test'] },
  })
  const server = createServer(provider.callback())
  await listen(server, port)
  return {
    issuer,
    close: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}

// What a liar puts into the ID token; by default all is right.
export interface Lie {
  header?: Record<string, unknown>
  claims?: Record<string, unknown>
  key?: KeyObject
  unsigned?: boolean
}

export class LyingServer implements RunningServer {
  readonly issuer: string
  lie: Lie = {}
  exchanges = 0
  private nonce = ''
  private challenge = ''
  private readonly pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
  private readonly server: Server

  private constructor(port: number) {
    this.issuer = `http://127.0.0.1:${port}`
    this.server = createServer((request, response) => {
      void this.answer(request).then(({ status = 200, body = {}, location }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...(location ? { location } : {}) })
        response.end(JSON.stringify(body))
      })
    })
  }

  static async start(port: number): Promise<LyingServer> {
    const made = new LyingServer(port)
    await listen(made.server, port)
    return made
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.closeAllConnections()
      this.server.close(() => resolve())
    })
  }

  private async answer(request: IncomingMessage): Promise<{ status?: number; body?: unknown; location?: string }> {
    const url = new URL(request.url!, this.issuer)
    if (url.pathname === '/.well-known/openid-configuration')
      return { body: { issuer: this.issuer, authorization_endpoint: `${this.issuer}/auth`, token_endpoint: `${this.issuer}/token`, jwks_uri: `${this.issuer}/jwks` } }
    if (url.pathname === '/jwks') return { body: { keys: [{ ...this.pair.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' }] } }
    if (url.pathname === '/auth') {
      this.nonce = url.searchParams.get('nonce')!
      this.challenge = url.searchParams.get('code_challenge')!
      return { status: 302, location: `${url.searchParams.get('redirect_uri')}?code=c1&state=${url.searchParams.get('state')}` }
    }
    let form = ''
    for await (const chunk of request) form += String(chunk)
    this.exchanges += 1
    const verifier = new URLSearchParams(form).get('code_verifier') ?? ''
    if (createHash('sha256').update(verifier).digest('base64url') !== this.challenge) return { status: 400, body: { error: 'invalid_grant' } }
    return { body: { access_token: randomUUID(), token_type: 'Bearer', id_token: this.token() } }
  }

  private token(): string {
    const now = Math.floor(Date.now() / 1000)
    const header = { alg: 'RS256', kid: 'k1', ...this.lie.header }
    const claims = { iss: this.issuer, aud: 'linli', sub: 'u-1', nonce: this.nonce, iat: now, exp: now + 300, preferred_username: 'admin', ...this.lie.claims }
    const part = [header, claims].map((one) => Buffer.from(JSON.stringify(one)).toString('base64url')).join('.')
    if (this.lie.unsigned) return `${part}.`
    return `${part}.${createSign('sha256').update(part).sign(this.lie.key ?? this.pair.privateKey).toString('base64url')}`
  }
}
