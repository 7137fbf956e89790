import { randomBytes } from 'node:crypto'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import supertest from 'supertest'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { composeApplication } from '../../server/composition.ts'
import { readConfig } from '../../server/config.ts'
import { listen } from '../../server/http-listener.ts'
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import { createTestClock } from '../support/clock.ts'

const { contact, location, user } = seedIds

/** As the documents describe it: stop, copy the data folder, start from the copy. Servers take their time to start. */
describe('a backup', { timeout: 60_000 }, () => {
  const clock = createTestClock()
  let home: string
  let sandbox: Sandbox
  let server: Server
  let settings: Record<string, string>

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'wrapup-backup-'))
    sandbox = await startSandbox({ clock, seed: 'small' })
    server = createServer()
    await listen(server, '127.0.0.1', 0)
    const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    settings = {
      ...sandbox.settingsFor(publicUrl),
      PUBLIC_URL: publicUrl,
      SESSION_SECRET: randomBytes(32).toString('hex'),
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    }
  })

  afterAll(async () => {
    await sandbox.close()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    rmSync(home, { recursive: true, force: true })
  })

  /** Runs the app on a data folder for as long as `use` takes. */
  async function withApp(
    dataDir: string,
    use: (api: ReturnType<typeof supertest>) => Promise<void>,
    changed: Record<string, string> = {},
  ): Promise<void> {
    const config = readConfig({ ...settings, ...changed, DATA_DIR: dataDir })
    const logger = createLogger('silent')
    const database = await openDatabase({ dataDir: config.dataDir, logger })
    const application = composeApplication({
      config,
      database,
      logger,
      now: clock.now,
      clientDir: home,
      runsSchedules: false,
    })
    try {
      await application.start()
      server.on('request', application.app)
      await use(supertest(config.publicUrl))
    } finally {
      await sandbox.settle()
      server.off('request', application.app)
      await application.drain()
      await application.close()
      await database.close()
    }
  }

  async function sendText(api: ReturnType<typeof supertest>): Promise<Record<string, unknown>> {
    const encryptedData = sandbox.userContext({ userId: user.rep, locationId: location.main })
    const session = await api.post('/api/session').send({ encryptedData })
    expect(session.status).toBe(200)
    const answer = await api
      .post(`/api/contacts/${contact.maya}/messages`)
      .set('Authorization', `Bearer ${session.body.token}`)
      .set('Idempotency-Key', 'before-the-backup')
      .send({ message: 'Sent once' })
    expect(answer.status).toBe(201)
    return answer.body
  }

  it('When the app starts from a copy of its folder, then the installation works and nothing is sent twice', async () => {
    const original = join(home, 'data')
    let sent: Record<string, unknown> = {}
    await withApp(original, async (api) => {
      await sandbox.installFromMarketplace({ userId: user.admin, locationIds: [location.main] })
      sent = await sendText(api)
    })
    const copy = join(home, 'restored')
    cpSync(original, copy, { recursive: true })
    rmSync(original, { recursive: true })
    const sends = () => sandbox.state.messages.filter(({ body }) => body === 'Sent once').length
    expect(sends()).toBe(1)
    // The encryption key was rotated meanwhile: the old one, named second, still opens the tokens.
    const rotated = `${randomBytes(32).toString('base64')},${settings['ENCRYPTION_KEY']}`
    await withApp(
      copy,
      async (api) => {
        expect(await sendText(api)).toEqual(sent)
        expect((await api.get('/readyz')).status).toBe(200)
      },
      { ENCRYPTION_KEY: rotated },
    )
    expect(sends()).toBe(1)
  })
})
