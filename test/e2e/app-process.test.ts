import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settingNames } from '../../server/config.ts'
import { serverBundle, serverFlags } from '../../scripts/build-stamp.ts'

const root = resolve(import.meta.dirname, '../..')
const unset = Object.fromEntries(settingNames.map((name) => [name, '']))

let dataDir: string
let children: ChildProcess[] = []

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'wrapup-process-'))
})

afterEach(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  children = []
  rmSync(dataDir, { recursive: true, force: true })
})

const settings = () => ({
  ...unset,
  GHL_APP_CLIENT_ID: 'app-key',
  GHL_APP_CLIENT_SECRET: 'secret',
  GHL_APP_SSO_KEY: 'sso-key',
  PUBLIC_URL: 'http://127.0.0.1:1',
  PORT: '0',
  SESSION_SECRET: randomBytes(32).toString('base64'),
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  DATA_DIR: dataDir,
})

function startProcess(program: string, args: string[], environment: Record<string, string>) {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const lines: string[] = []
  const address = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1]
      if (port) address.resolve(`http://127.0.0.1:${port}`)
    })
  }
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    address.reject(new Error(`The app ended: ${lines.join('\n')}`))
    return code
  })
  address.promise.catch(() => {})
  return { child, lines, address: address.promise, ended }
}

async function isReady(address: string): Promise<boolean> {
  return (await fetch(`${address}/readyz`)).ok
}

describe('the built app as a process', () => {
  test('When settings are missing, then `npm start` stops at once, names them all and the demo', async () => {
    const { lines, ended } = startProcess('npm', ['start'], { ...unset, PORT: 'http' })
    expect(await ended).toBe(1)
    const said = lines.join('\n')
    const required = ['GHL_APP_CLIENT_ID', 'GHL_APP_CLIENT_SECRET', 'GHL_APP_SSO_KEY', 'PUBLIC_URL']
    for (const name of [...required, 'SESSION_SECRET', 'ENCRYPTION_KEY', 'PORT'])
      expect(said).toContain(`${name} `)
    expect(said).toContain('npm run demo')
  })

  test('When `npm start` is told to end, then the app and its database stop and it exits with 0', async () => {
    const app = startProcess('npm', ['start'], settings())
    expect(await isReady(await app.address)).toBe(true)
    app.child.kill('SIGTERM')
    expect(await app.ended).toBe(0)
    expect(existsSync(join(dataDir, 'postgres/PG_VERSION'))).toBe(true)
    expect(existsSync(join(dataDir, 'postgres/postmaster.pid'))).toBe(false)
  })

  test('When the app is killed, then the next start serves at once on the same data', async () => {
    const first = startProcess(process.execPath, [...serverFlags, serverBundle], settings())
    await first.address
    first.child.kill('SIGKILL')
    await first.ended
    const second = startProcess(process.execPath, [...serverFlags, serverBundle], settings())
    expect(await isReady(await second.address)).toBe(true)
    second.child.kill('SIGTERM')
    expect(await second.ended).toBe(0)
  })

  test('When the data folder is in use, then a second app says so and exits with 1', async () => {
    const first = startProcess(process.execPath, [...serverFlags, serverBundle], settings())
    await first.address
    const second = startProcess(process.execPath, [...serverFlags, serverBundle], settings())
    expect(await second.ended).toBe(1)
    expect(second.lines.join('\n')).toMatch(/in use by another running process.*DATABASE_URL/)
    expect(await isReady(await first.address)).toBe(true)
  })

  test('When the server is built, then one letter takes one byte, and the image starts it as npm does', () => {
    const bundle = readFileSync(join(dirname(serverBundle), 'server.js'))
    expect(bundle.findIndex((byte) => byte > 0x7f)).toBe(-1)
    const command = JSON.stringify(['node', ...serverFlags, 'dist/server/main.js']).replaceAll(',', ', ')
    expect(readFileSync(join(root, 'Dockerfile'), 'utf8')).toContain(`CMD ${command}\n`)
  })
})
