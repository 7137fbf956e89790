import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import supertest from 'supertest'
import { composeApplication } from '../../server/composition.ts'
import { readConfig } from '../../server/config.ts'
import { createLogger } from '../../server/logger.ts'
import { openDatabase } from '../../server/storage/database.ts'
import type { SandboxBehaviour } from '../sandbox/sandbox-behaviour.ts'
import { seedIds } from '../sandbox/seed/seed-ids.ts'
import type { SeedSize } from '../sandbox/seed/seed-state.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import { startCarriers } from './carriers.ts'
import { createTestClock, type Clock } from './clock.ts'
import { createRecorder } from './recorded-output.ts'
import type { TestDatabaseServer } from './database-server.ts'
import { createTestDatabase } from './test-database.ts'

export type WorldOptions = {
  seed?: SeedSize
  clock?: Clock
  behaviour?: Partial<SandboxBehaviour>
  settings?: Record<string, string>
  /** Starts stand-ins for the other SMS systems as well. */
  carriers?: boolean
  /** Default: the server of the test run. */
  databaseServer?: TestDatabaseServer
}

export type World = Awaited<ReturnType<typeof startWorld>>

/** The real application on a real database beside the stand-in CRM, all on loopback and on ports of their own. */
export async function startWorld(options: WorldOptions = {}) {
  const clock = options.clock ?? createTestClock()
  const recorder = createRecorder()
  const testDatabase = await createTestDatabase(
    options.databaseServer ? { server: options.databaseServer } : {},
  )
  const sandbox = await startSandbox({
    clock,
    seed: options.seed ?? 'small',
    ...(options.behaviour ? { behaviour: options.behaviour } : {}),
  })
  const carriers = options.carriers ? await startCarriers(clock) : undefined
  const server = createServer()
  recorder.watch(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const publicUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const settings: Record<string, string> = {
    ...sandbox.settingsFor(publicUrl),
    ...carriers?.settings,
    PUBLIC_URL: publicUrl,
    DATABASE_URL: testDatabase.url,
    SESSION_SECRET: randomBytes(32).toString('hex'),
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'debug',
    ...options.settings,
  }
  const config = readConfig(settings)
  const logger = createLogger(config.logLevel, recorder.destination)
  const database = await openDatabase({ databaseUrl: testDatabase.url, dataDir: config.dataDir, logger })
  const application = composeApplication({
    config,
    database,
    logger,
    now: clock.now,
    clientDir: resolve(import.meta.dirname, '../../dist/client'),
    // A test sends the jobs that it is about: none comes while it looks.
    runsSchedules: false,
  })
  await application.start()
  server.on('request', application.app)

  const api = supertest(publicUrl)
  const sessionTokens: string[] = []

  /** Signs a user in as the page does: user context in, bearer token out. */
  async function signIn(userId: string, locationId: string): Promise<string> {
    const encryptedData = sandbox.userContext({ userId, locationId })
    const answer = await api.post('/api/session').send({ encryptedData })
    if (answer.status !== 200) throw new Error(`sign-in answered ${answer.status}: ${answer.text}`)
    const { token } = answer.body as { token: string }
    sessionTokens.push(token)
    return token
  }

  /** The main location (or another) with the app installed in it, and an ordinary user of it. */
  async function installed(
    installer: string = seedIds.user.admin,
    locationId: string = seedIds.location.main,
  ): Promise<{ userId: string; locationId: string }> {
    const { status, text } = await sandbox.installFromMarketplace({
      userId: installer,
      locationIds: [locationId],
    })
    if (status !== 200) throw new Error(`install answered ${status}: ${text}`)
    return { userId: seedIds.user.rep, locationId }
  }

  /** Requests in the name of a user, signed in anew. */
  async function as(userId: string = seedIds.user.rep, locationId: string = seedIds.location.main) {
    const token = await signIn(userId, locationId)
    const bearer = (method: 'get' | 'post' | 'put' | 'delete') => (path: string) =>
      api[method](`/api${path}`).set('Authorization', `Bearer ${token}`)
    return { token, get: bearer('get'), post: bearer('post'), put: bearer('put'), delete: bearer('delete') }
  }

  async function close(): Promise<void> {
    await carriers?.settle()
    await sandbox.settle()
    await new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
    await application.drain()
    await application.close()
    await database.close()
    const secrets = [
      settings['SESSION_SECRET'],
      settings['ENCRYPTION_KEY'],
      ...sessionTokens,
      ...sandbox.secrets(),
      ...(carriers?.secrets() ?? []),
    ]
    const privateTexts = [...sandbox.privateTexts(), ...(carriers?.privateTexts() ?? [])]
    recorder.save([...secrets.filter((secret) => secret !== undefined), ...privateTexts])
    await carriers?.close()
    await sandbox.close()
    await testDatabase.drop()
  }

  const { send: sendJob, metrics, drain, prime } = application
  return {
    api,
    publicUrl,
    config,
    sandbox,
    get heymarket() {
      return started(carriers).heymarket
    },
    get bulksms() {
      return started(carriers).bulksms
    },
    clock,
    database,
    recorder,
    signIn,
    installed,
    as,
    sendJob,
    metrics,
    logger,
    /** As before the app listens. */
    prime,
    /** As on the signal to stop; `close` may follow. */
    drain,
    close,
  }
}

function started<T>(carriers: T | undefined): T {
  if (!carriers) throw new Error('this world was started without carriers')
  return carriers
}
