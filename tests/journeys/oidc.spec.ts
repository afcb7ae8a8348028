// Single sign-on: the program against a certified OpenID Connect server, and against one that lies.
import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from '@playwright/test'
import { Linli } from '../support/linli'
import { LyingServer, freePort, realServer } from '../support/oidc'

interface Entry { what: string; detail: Record<string, unknown> | null }

async function start(issuer: string, port: number, secret = 'a secret of the test/+ &'): Promise<Linli> {
  return Linli.start({
    listen: `127.0.0.1:${port}`,
    env: { LINLI_OIDC_ISSUER: issuer, LINLI_OIDC_CLIENT_ID: 'linli', LINLI_OIDC_CLIENT_SECRET: secret, LINLI_OIDC_URL: `http://127.0.0.1:${port}` },
  })
}

const callback = (port: number): string => `http://127.0.0.1:${port}/api/v1/session/sign-on/callback`

test('a person signs in at the server of the district; keys change, states count once', async ({ page, browser }) => {
  const [own, theirs] = [await freePort(), await freePort()]
  let server = await realServer(theirs, callback(own), 'first')
  const linli = await start(server.issuer, own)
  try {
    const ways = await (await fetch(`${linli.url}/api/v1/session/ways`)).json() as { sign_on: { path: string } }
    expect(ways.sign_on.path).toBe('/api/v1/session/sign-on')

    const base = `http://127.0.0.1:${own}`
    const signOn = async (name: string, returnTo: string): Promise<string> => {
      let back = ''
      page.on('request', (request) => { if (request.url().includes('/sign-on/callback')) back = request.url() })
      await page.goto(`${base}/api/v1/session/sign-on?return_to=${encodeURIComponent(returnTo)}`)
      await page.locator('input[name=login]').fill(name)
      await page.locator('input[name=password]').fill('any')
      await page.locator('button[type=submit]').click()
      await page.locator('button[type=submit]').click()  // agrees
      await page.waitForURL((url) => url.origin === base && !url.pathname.startsWith('/api'))
      return back
    }
    const used = await signOn('admin', '/groups?state=waiting')
    expect(page.url()).toBe(`${base}/groups?state=waiting`)
    const session = await page.request.get(`${base}/api/v1/session`)
    expect(((await session.json()) as { user: { name: string } }).user.name).toBe('admin')
    const cookies = await page.context().cookies(base)
    expect(cookies.find((one) => one.name === 'linli_session')).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    expect(cookies.find((one) => one.name === 'linli_sign_on')).toBeUndefined()

    // The same answer again, here and in another browser: signed in is nobody.
    for (const context of [page.context(), await browser.newContext()]) {
      const again = await context.request.get(used, { maxRedirects: 0 })
      expect(again.status()).toBe(302)
      expect(again.headers()['location']).toBe('/sign-in?problem=sign_on_refused')
      expect(again.headers()['set-cookie'] ?? '').not.toMatch(/linli_session=[^;]/)
    }

    // The server changes its key; a person without a user here comes along.
    await server.close()
    server = await realServer(theirs, callback(own), 'second')
    await page.context().clearCookies()
    await signOn('stranger', '/')
    expect(page.url()).toBe(`${base}/sign-in?problem=not_linked`)
    await page.context().clearCookies()
    await signOn('admin', '//evil.example')
    expect(page.url()).toBe(`${base}/`)
    const audit = await page.request.get(`${base}/api/v1/audit?what=sign_in`)
    const entries = ((await audit.json()) as { entries: Entry[] }).entries
    expect(entries.filter((one) => one.what === 'sign_in.succeeded').map((one) => one.detail!['second_factor'])).toEqual(['sign_on', 'sign_on'])
    expect(entries.filter((one) => one.what === 'sign_in.failed').map((one) => one.detail!['code'])).toEqual(['not_linked', 'sign_on_refused', 'sign_on_refused'])

    expect(linli.command('audit', 'verify')).toContain('whole')
  } finally {
    await server.close().catch(() => undefined)
    await linli.clear()
  }
})

test('a server that lies, or somebody between, signs nobody in', async () => {
  const [own, theirs] = [await freePort(), await freePort()]
  const server = await LyingServer.start(theirs)
  const linli = await start(server.issuer, own)
  const base = `http://127.0.0.1:${own}`
  const get = (url: string, cookie = ''): Promise<Response> => fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} })
  // Away and back, as a browser does it; gives where the way ends and whether a session was opened.
  const begin = async (): Promise<{ back: string; cookie: string }> => {
    const away = await get(`${base}/api/v1/session/sign-on?return_to=/leads`)
    expect(away.status).toBe(302)
    const back = (await get(away.headers.get('location')!)).headers.get('location')!
    return { back, cookie: away.headers.get('set-cookie')!.split(';')[0]! }
  }
  const end = async (back: string, cookie: string): Promise<string> => {
    const answer = await get(back, cookie)
    const opened = answer.headers.getSetCookie().some((one) => /^linli_session=[^;]/.test(one))
    return `${answer.headers.get('location')} ${opened ? 'in' : 'out'}`
  }
  const attempt = async (lie: LyingServer['lie']): Promise<string> => {
    server.lie = lie
    const { back, cookie } = await begin()
    return end(back, cookie)
  }
  try {
    expect(await attempt({}), 'the truth').toBe('/leads in')
    const refused = '/sign-in?problem=sign_on_refused out'
    const now = Math.floor(Date.now() / 1000)
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    const lies: Record<string, LyingServer['lie']> = {
      'no algorithm': { header: { alg: 'none' }, unsigned: true },
      'no signature': { unsigned: true },
      'another key': { key: other },
      'a key that nobody has': { header: { kid: 'k2' }, key: other },
      'another audience': { claims: { aud: 'other' } },
      'issued to another client': { claims: { azp: 'other' } },
      'another issuer': { claims: { iss: 'https://login.example' } },
      'another nonce': { claims: { nonce: 'n' } },
      'long over': { claims: { exp: now - 3600 } },
      'of tomorrow': { claims: { iat: now + 86_400 } },
      'nobody': { claims: { sub: '' } },
    }
    for (const [story, lie] of Object.entries(lies)) expect(await attempt(lie), story).toBe(refused)

    server.lie = {}
    const once = await begin()
    const before = server.exchanges
    expect(await end(once.back, 'linli_sign_on=forged'), 'a link that an attacker sent').toBe(refused)
    expect(await end(once.back, once.cookie), 'used up by that').toBe(refused)
    const mixed = await begin()
    expect(await end(`${mixed.back}&iss=https%3A%2F%2Fother.example`, mixed.cookie), 'the answer of another server').toBe(refused)
    const denied = await begin()
    expect(await end(denied.back.replace('code=c1', 'error=access_denied'), denied.cookie)).toBe(refused)
    expect(server.exchanges, 'no code was given away').toBe(before)
    expect(await end(`${base}/api/v1/session/sign-on/callback`, '')).toBe(refused)
    await server.close()
    expect(await attempt({}).catch(() => 'cannot even begin')).toBe('cannot even begin')
  } finally {
    await server.close().catch(() => undefined)
    await linli.clear()
  }
})

test('without a server there is no single sign-on', async () => {
  const linli = await Linli.start()
  try {
    expect(await (await fetch(`${linli.url}/api/v1/session/ways`)).json()).toEqual({ sign_on: null })
    for (const where of ['sign-on', 'sign-on/callback?state=x&code=y'])
      expect((await fetch(`${linli.url}/api/v1/session/${where}`)).status).toBe(404)
  } finally {
    await linli.clear()
  }
})
