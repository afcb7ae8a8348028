// A city's database: the same day on PostgreSQL, over HTTP, with a restart and a backup.
import { expect, test } from '@playwright/test'
import path from 'node:path'
import { Caller, Linli, said, until } from '../support/linli'
import { Postgres } from '../support/postgres'

interface Lead { id: string; category: string; decision_version: number }
const open = (caller: Caller) => caller.get<{ leads: Lead[] }>('/api/v1/leads')

test('from a message to a confirmed lead on PostgreSQL', async () => {
  const postgres = await Postgres.start()
  const env = { LINLI_DATABASE_URL: postgres.url }
  let linli = await Linli.start({ env })
  try {
    const secret = linli.addChannel('neighbours', '--admit-all')
    const messages = [
      said('east', '3-2-1502周姐', '楼上漏水，我家天花板一直在滴水，物业能不能来看一下', {}, 30),
      said('east', '1-1-302冯叔', '晚上哪家一起下象棋', {}, 20),
    ]
    expect(await linli.deliver('neighbours', secret, messages)).toMatchObject({ new: 2, known: 0 })
    let caller = await Caller.signIn(linli)
    const lead = await until('a lead', async () => (await open(caller)).leads[0])
    expect(lead.category).toBe('water_leak')

    linli = await linli.restart()
    expect(await linli.deliver('neighbours', secret, messages)).toMatchObject({ new: 0, known: 2 })
    caller = await Caller.signIn(linli)
    const confirmed = await caller.call('POST', `/api/v1/leads/${lead.id}/confirm`, undefined,
      { 'if-match': `"${lead.decision_version}"`, 'idempotency-key': 'confirm-on-postgres' })
    expect(confirmed.status, await confirmed.text()).toBe(200)
    expect((await open(caller)).leads).toEqual([])

    expect(linli.command('backup', path.join(path.dirname(linli.data), 'backup'))).toContain('backup')
  } finally {
    await linli.clear()
    await postgres.stop()
  }
})
