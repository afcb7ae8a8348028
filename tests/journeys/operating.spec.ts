// What those who run linli do: settings changed under a running program.
import { expect, test } from '@playwright/test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Linli, until } from '../support/linli'

test('SIGHUP takes settings up, all or nothing, and tells what waits for a restart', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'linli-config-'))
  const config = path.join(folder, 'linli.toml')
  writeFileSync(config, '[log]\nlevel = "info"\n')
  const linli = await Linli.start({ args: ['--config', config] })
  const logged = (event: string) => until(event, async () => linli.log.split('\n').find((line) => line.includes(event)))
  try {
    writeFileSync(config, '[log]\nlevel = "info"\n[intake]\nthreads = 3\n[stream]\nkeep = "2d"\n')
    linli.signal('SIGHUP')
    expect(JSON.parse(await logged('settings.needs_restart'))).toMatchObject({ setting: 'intake.threads' })
    expect(JSON.parse(await logged('settings.reloaded'))).toMatchObject({ changed: 1 })

    writeFileSync(config, '[log]\nlevel = "loud"\n')
    linli.signal('SIGHUP')
    expect(JSON.parse(await logged('settings.refused'))).toMatchObject({ code: 'bad_setting', line: 2 })
    expect((await fetch(`${linli.url}/healthz`)).status).toBe(200)

    writeFileSync(config, '[log]\nlevel = "error"\n[stream]\nkeep = "2d"\n[intake]\nthreads = 3\n')
    linli.signal('SIGHUP')
    await new Promise((resolve) => setTimeout(resolve, 500))
    const before = linli.log
    expect(await linli.end()).toBe(0)
    expect(linli.log, 'nothing below an error is logged any more').toBe(before)
  } finally {
    await linli.clear()
    rmSync(folder, { recursive: true, force: true })
  }
})
