import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { freePort, launchAppProcess } from '../support/app-process.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const stopWithinMs = 8_000

let testDatabase: TestDatabase
beforeAll(async () => {
  testDatabase = await createTestDatabase()
})
afterAll(() => testDatabase.drop())

const settings = () => ({
  GHL_APP_CLIENT_ID: 'app-key',
  GHL_APP_CLIENT_SECRET: 'secret',
  GHL_APP_SSO_KEY: 'sso-key',
  GHL_API_DOMAIN: 'http://127.0.0.1:9',
  PUBLIC_URL: 'http://127.0.0.1:1',
  SESSION_SECRET: randomBytes(32).toString('base64'),
  ENCRYPTION_KEY: randomBytes(32).toString('base64'),
  DATABASE_URL: testDatabase.url,
})

function launch(more: Record<string, string>) {
  const lines: string[] = []
  const app = launchAppProcess({ ...settings(), ...more }, (line) => lines.push(line))
  onTestFinished(async () => void (await app.kill()))
  return { ...app, lines, origin: `http://127.0.0.1:${more['PORT']}` }
}

/** Holds the lock of the migrations, as a process does that runs long ones. */
async function migratingElsewhere() {
  const client = new Client(testDatabase.url)
  await client.connect()
  await client.query('select pg_advisory_lock($1)', [0x777261707570])
  const done = async () => client.end()
  onTestFinished(done)
  return { done }
}

async function occupiedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(async () => void server.close())
  return (server.address() as AddressInfo).port
}

describe('a start', { timeout: 60_000 }, () => {
  it('When another process migrates, then it is alive, not ready, says what it waits for, and goes on after', async () => {
    const other = await migratingElsewhere()
    const { origin, lines, listening, stop } = launch({ PORT: String(await freePort()) })
    await vi.waitFor(() => expect(lines.join()).toContain('waiting for another process'), 20_000)

    const alive = await fetch(`${origin}/healthz`)
    expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }])
    for (const [method, path] of [
      ['GET', '/readyz?probe=1'],
      ['GET', '/'],
      ['POST', '/webhooks/highlevel'],
    ] as const) {
      const answer = await fetch(origin + path, { method, ...(method === 'POST' ? { body: '{}' } : {}) })
      expect([path, answer.status, answer.headers.get('retry-after')]).toEqual([path, 503, '1'])
      expect(await answer.json()).toEqual({
        error: {
          code: 'upstream_unavailable',
          message: expect.stringContaining('starting'),
          requestId: answer.headers.get('x-request-id'),
        },
      })
    }
    await other.done()
    expect(await listening).toBe(origin)
    expect((await fetch(`${origin}/readyz`)).status).toBe(200)
    expect((await fetch(`${origin}/api/tags`)).status).toBe(401)
    expect(await stop()).toBe(0)
  })

  it('When it is told to stop while another process migrates, then it ends within seconds', async () => {
    await migratingElsewhere()
    const { lines, stop } = launch({ PORT: '0' })
    await vi.waitFor(() => expect(lines.join()).toContain('waiting for another process'), 20_000)
    expect(await Promise.race([stop(), pause(stopWithinMs, 'still running')])).toBe(0)
  })

  it('When it is told to stop while the job queue cannot be opened, then it ends within seconds', async () => {
    const { url, drop } = await createTestDatabase()
    onTestFinished(drop)
    const client = new Client(url)
    await client.connect()
    onTestFinished(() => client.end())
    await client.query('create schema pgboss')
    await client.query('create table pgboss.version (version int primary key)')
    await client.query('begin')
    await client.query('lock table pgboss.version in access exclusive mode')
    const { lines, stop } = launch({ PORT: '0', DATABASE_URL: url })
    const waiting = 'select 1 from pg_locks where not granted and relation = $1::regclass'
    await vi.waitFor(
      async () => expect((await client.query(waiting, ['pgboss.version'])).rowCount).toBeGreaterThan(0),
      20_000,
    )
    expect(await Promise.race([stop(), pause(stopWithinMs, 'still running')])).toBe(0)
    expect(lines.join()).not.toContain('"msg":"listening"')
  })

  it('When it serves, then its first line names the release, and connections outlive those of a balancer', async () => {
    const { lines, listening, stop } = launch({ PORT: '0' })
    const answer = await fetch(`${await listening}/healthz`)
    expect(answer.headers.get('keep-alive')).toBe('timeout=75')
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'starting', version: packageJson.version })
    expect(await stop()).toBe(0)
  })

  it.each(['PORT', 'METRICS_PORT'])(
    'When %s is in use, then it says so in words, naming the setting, and ends',
    async (name) => {
      const port = String(await occupiedPort())
      const { lines, ended } = launch({ PORT: '0', [name]: port })
      expect(await ended).toBe(1)
      const said = lines.filter((line) => !line.startsWith('{'))
      expect(said).toEqual([expect.stringMatching(new RegExp(`^${name} ${port} is in use .*EADDRINUSE`))])
    },
  )

  it('When HOST is no address of the machine, then it says so in words', async () => {
    const { lines, ended } = launch({ PORT: '0', HOST: '203.0.113.7' })
    expect(await ended).toBe(1)
    const said = lines.filter((line) => !line.startsWith('{'))
    expect(said).toEqual([expect.stringMatching(/^HOST 203\.0\.113\.7 is no address of this machine/)])
  })
})
