// A PostgreSQL server of our own on a Unix socket in a temporary folder.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { until } from './linli'

const binaries = '/usr/lib/postgresql/15/bin'

// The server refuses to run as root.
function user(): { uid?: number; gid?: number } {
  if (process.getuid!() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

export class Postgres {
  readonly url: string
  private readonly folder: string
  private readonly process: ChildProcess

  private constructor(folder: string, process: ChildProcess) {
    this.folder = folder
    this.process = process
    this.url = `postgresql:///postgres?user=postgres&host=${folder}`
  }

  static async start(): Promise<Postgres> {
    const as = user()
    const folder = mkdtempSync(path.join(tmpdir(), 'linli-postgres-'))
    if (as.uid !== undefined) chownSync(folder, as.uid, as.gid!)
    const data = path.join(folder, 'data')
    execFileSync(`${binaries}/initdb`, ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8', '--locale=C'],
      { ...as, cwd: folder, stdio: 'ignore' })
    const child = spawn(`${binaries}/postgres`, ['-D', data, '-k', folder, '-c', 'listen_addresses='],
      { ...as, cwd: folder, stdio: 'ignore' })
    const server = new Postgres(folder, child)
    await until('PostgreSQL', async () => {
      try {
        execFileSync(`${binaries}/pg_isready`, ['-h', folder], { stdio: 'ignore' })
        return true
      } catch {
        return false
      }
    }, 30_000)
    return server
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.on('exit', resolve))
    this.process.kill('SIGINT')
    await ended
    rmSync(this.folder, { recursive: true, force: true })
  }
}
